"""Kedro data sets of this project: files near and far, whole or not there."""
