# The development environment in containers: docs/DEVELOPMENT.md. Everything else is an npm script (package.json).
# `make docker-dev ANYON_PORT=3100` sets a value of .env.dev for once; REGISTRY=none makes stand-ins for the images that a registry would have.

.DEFAULT_GOAL := help
.PHONY: help docker-dev docker-dev-images docker-dev-address docker-dev-stop docker-dev-restart docker-dev-logs docker-dev-shell docker-dev-db-reset docker-dev-clean

# A value of .env.dev, unless the command line or the environment has another.
setting = $(or $($(1)),$(shell sed -n 's/^$(1)=//p' .env.dev))

# Removing a volume with all packages takes its time on a busy machine.
export COMPOSE_HTTP_TIMEOUT ?= 600

ifeq ($(REGISTRY),none)
export POSTGRES_IMAGE ?= anyon-postgres:18
export COLLECTOR_IMAGE ?= anyon-dev-collector
endif

COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose) --env-file .env.dev --file docker-compose.dev.yml
PROJECT = $(call setting,COMPOSE_PROJECT_NAME)
RUNTIME_IMAGE = $(call setting,ANYON_CLOUD_IMAGE)
BASE = $(call setting,BASE_IMAGE)
# Mounted into the container; made by this user, for the engine would make them root's.
FOLDERS = node_modules .next .dev .tools

help: ## says what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 24

docker-dev: docker-dev-images ## starts everything and prints an address that signs in
	mkdir -p $(FOLDERS)
	$(COMPOSE) up --detach --build
	@$(MAKE) --no-print-directory docker-dev-address

docker-dev-images: ## makes the image of workspaces where it is missing (and with REGISTRY=none the stand-ins)
ifeq ($(REGISTRY),none)
	docker image inspect $(BASE) >/dev/null 2>&1 || npm run images
	docker image inspect $(POSTGRES_IMAGE) >/dev/null 2>&1 || docker build --force-rm --build-arg BASE_IMAGE=$(BASE) --tag $(POSTGRES_IMAGE) docker/postgres
	docker build --force-rm --build-arg BASE_IMAGE=$(BASE) --tag $(COLLECTOR_IMAGE) docker/dev/collector
endif
	docker image inspect $(RUNTIME_IMAGE) >/dev/null 2>&1 || docker build --force-rm --build-arg BASE_IMAGE=$(BASE) --tag $(RUNTIME_IMAGE) docker/claude-code

docker-dev-address: ## prints an address that signs in, once and for 24 hours
	@$(COMPOSE) exec -T app node scripts/dev.mjs --address

docker-dev-stop: ## stops everything; nothing is lost
	$(COMPOSE) stop

docker-dev-restart: ## stops and starts everything
	$(COMPOSE) restart

docker-dev-logs: ## follows what all of it prints, as the collector gets it (FOLLOW= prints what is there and ends)
	$(COMPOSE) logs $(FOLLOW) --tail $(TAIL) collector
docker-dev-logs: FOLLOW ?= --follow
docker-dev-logs: TAIL ?= 500

docker-dev-shell: ## a shell beside the product
	@terminal=$$(test -t 0 || echo -T); $(COMPOSE) exec $$terminal app bash

docker-dev-db-reset: ## throws away the rows, and with them the workspaces and runs that they speak of
	$(COMPOSE) stop app
	$(COMPOSE) run --rm --no-deps app node scripts/dev/clear.mjs
	$(COMPOSE) rm --stop --force postgres
	docker volume rm $(PROJECT)_postgres
	$(COMPOSE) up --detach
	@$(MAKE) --no-print-directory docker-dev-address

docker-dev-clean: ## takes everything away again, but for the images that a build has cached
	$(COMPOSE) stop app
	$(COMPOSE) run --rm --no-deps app node scripts/dev/clear.mjs --firewall
	$(COMPOSE) down --volumes --remove-orphans --timeout 20
	docker run --rm --volume $(dir $(call setting,ANYON_DATA_DIR)):/data --volume $(dir $(call setting,ANYON_TEMP_DIR)):/temp $(PROJECT)-app \
	  rmdir /data/$(notdir $(call setting,ANYON_DATA_DIR)) /temp/$(notdir $(call setting,ANYON_TEMP_DIR))
	docker rmi --no-prune $(PROJECT)-app $(PROJECT)-simulator
