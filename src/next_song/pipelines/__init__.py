"""The Kedro pipelines: data_engineering, modeling, selection, export; and sample, which seeds."""
