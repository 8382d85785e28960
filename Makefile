PYTHON ?= python3.11
BIN := .venv/bin
export DO_NOT_TRACK := 1
export TF_CPP_MIN_LOG_LEVEL := 2
