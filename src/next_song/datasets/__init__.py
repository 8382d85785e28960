"""Kedro data sets of this project. Every one is written whole or not at all."""
