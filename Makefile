# Flotilla: everything sets itself up. Needs Python 3.11 and the package index, nothing else.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint opa setup clean

demo: $(VENV)/.runtime
	@$(BIN)/flotilla setup
	@$(BIN)/flotilla demo

clean:
	rm -rf $(VENV) .tools .flotilla out
