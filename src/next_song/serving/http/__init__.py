"""The HTTP server: TensorFlow Serving's requests, plain recommendations and song search."""
