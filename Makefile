.PHONY: check lint types test format

check:  ## what CI runs
	bash .ci/run

lint:
	ruff check .
	ruff format --check .

types:
	mypy

test:
	pytest

format:
	ruff check --fix .
	ruff format .
