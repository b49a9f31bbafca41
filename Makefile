.PHONY: check lint types test audit format figures

check:  ## what CI runs
	bash .ci/run

lint:
	ruff check .
	ruff format --check .

types:
	mypy

test:
	pytest

audit:  ## known vulnerabilities of what is installed; before a release
	bash .ci/audit

format:
	ruff check --fix .
	ruff format .

figures:  ## every figure that README.md gives, in its order; takes some minutes
	finnlp evaluate ../shared/gold/dev.jsonl
	finnlp evaluate corpora/gold/test.jsonl
	finnlp gold agreement corpora/gold
	python benchmarks/peers.py ../shared/gold/dev.jsonl
	python benchmarks/peers.py corpora/gold/test.jsonl
	python benchmarks/quotes_baseline.py ../shared/gold/dev.jsonl
	python benchmarks/throughput.py ../shared/gold/dev.jsonl --growth
	python benchmarks/service.py corpora/gold/test.jsonl
	python benchmarks/scale.py ../shared/data/raw/*.jsonl.gz --work runs/scale --model small --articles 8000
	python benchmarks/cluster.py runs/scale/whole --articles 2400
