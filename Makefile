# Everything a person or a machine does with Segue. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help run test e2e python build images kernels bench-mining bench-names bench-quality bench-ingest bench-serving chaos floods soak fuzz schemathesis sbom audit openapi screenshots format clean
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

STORE ?= .segue
DIST ?= dist
PAGE := functions/recommend/page/dist/main.js
ECLAT := functions/retrain/eclat

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20

run: $(PAGE) ## train on the sample, start all functions, stop with Ctrl-C
	@exec node functions/cli.ts local --store $(STORE) --dataset datasets/sample.csv.gz --song Yesterday

test: $(PAGE) ## types, lint, format and all tests
	tsc
	tsc -p shared/page
	biome check .
	knip
# tap leaves a processor free, and of two it would use one.
	tap --jobs=$$(node -p 'os.availableParallelism()')
	node .ci/coverage.mjs

build: $(PAGE) $(ECLAT)/eclat.wasm ## bundle each function, and the shell, to dist/
	node functions/build.ts $(DIST)

e2e: node_modules/.installed ## deliver to a cluster and watch: KUBECONFIG INGRESS GIT_PUSH GIT_READ LOAD_IMAGE
	tap --disable-coverage --timeout=7200 e2e/cluster/e2e.ts

images: build ## make the container images, with docker, podman or buildah
	functions/images.sh

python: .venv/.installed ## install what tests with Python need, which are left out without it

.venv/.installed: datasets/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r datasets/requirements.txt
	@touch $@

bench-mining: node_modules/.installed bench/.venv/.installed ## compare the miner with others: bench/mining.md
	node bench/mining.ts

bench-names: node_modules/.installed ## find songs by their names, rightly spelled or not: bench/names.md
	node bench/names.ts

bench-quality: node_modules/.installed ## compare recommendations with other methods: bench/quality.md
	node bench/quality.ts

bench-serving: build ## measure recommend against bare Fastify and Flask: bench/serving.md
	node bench/serving.ts

bench-ingest: node_modules/.installed ## compare reading data sets with wc: bench/ingest.md
	node bench/ingest.ts

chaos: node_modules/.installed ## break what the store promises, for ten minutes: bench/reliability.md
	node bench/chaos/chaos.ts

floods: node_modules/.installed ## send too much, too slowly and too large: bench/reliability.md
	node bench/floods/floods.ts

soak: node_modules/.installed ## ask for half an hour while models come and go: bench/reliability.md
	node bench/soak/soak.ts

fuzz: node_modules/.installed ## give every decoder a million inputs that nobody meant: bench/reliability.md
	node bench/fuzz/fuzz.ts

schemathesis: node_modules/.installed bench/api/.venv/.installed ## hold recommend to its OpenAPI document
	node bench/api/check.ts

bench/api/.venv/.installed:
	python3 -m venv bench/api/.venv
	bench/api/.venv/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5
	@touch $@

sbom: node_modules/.installed ## write what is shipped to dist/: CycloneDX, and the licences
	@mkdir -p $(DIST)
	npm sbom --sbom-format cyclonedx --omit dev > $(DIST)/sbom.cdx.json
	node .ci/licences.mjs > $(DIST)/licences.txt

audit: node_modules/.installed ## ask the registry for known faults of what is shipped
	npm audit --omit dev --audit-level high

openapi: node_modules/.installed ## write the OpenAPI documents anew
	node functions/openapi.ts

screenshots: $(PAGE) ## take the README's pictures of the pages anew, in Chromium
	node e2e/screenshots.ts

kernels: node_modules/.installed ## compile the kernels of the .dat reader, of snapshots and of scoring anew
	$(call kernel,wasm:tokens,functions/retrain/read/dat/tokens.wasm.ts,tokens)
	$(call kernel,wasm:columns,shared/columns.wasm.ts,columns)
	$(call kernel,wasm:score,functions/recommend/score.wasm.ts,score)

# The code of a kernel as a module, so that bundles have it without a file of its own.
define kernel
	npm run --silent $(1) -- --outFile $(2:.ts=)
	{ echo '/** Made by `make kernels` from the sources in kernel/. */'; \
	  printf "export const $(3)Wasm =\n  '%s';\n" "$$(base64 $(2:.ts=) | tr -d '\n')"; } > $(2)
	rm $(2:.ts=)
endef

format: node_modules/.installed ## format the sources and mend what can be mended
	biome check --write .

clean: ## remove what was built or installed, not the store
	rm -rf dist node_modules .tap

# Made anew only when the lockfile changes. tap builds itself from the plug-ins that .taprc names.
node_modules/.installed: package-lock.json
	npm ci --no-audit --no-fund
	tap build
	@touch $@

# Of the peers that can be had from PyPI; pyfim is Borgelt's own code.
bench/.venv/.installed:
	python3 -m venv bench/.venv
	bench/.venv/bin/pip install --quiet pyfim==6.28 mlxtend efficient-apriori
	@touch $@

# It is in the repository, so that nothing has to be made before the first training.
$(ECLAT)/eclat.wasm: $(wildcard $(ECLAT)/kernel/*.ts) | node_modules/.installed
	npm run --silent wasm

# `npm ci` makes the pages as well; here they are made anew when a source of them changes.
$(PAGE): node_modules/.installed $(wildcard functions/recommend/page/*.* functions/recommend/page/model/*.* functions/upload/operator/*.* shared/page/*.*)
	npm run --silent page
	@touch $@
