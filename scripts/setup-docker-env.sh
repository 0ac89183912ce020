#!/usr/bin/env bash
# Lets the user who runs this use Docker without root: adds the user to the group that owns the engine's socket.
# Usage: bash scripts/setup-docker-env.sh        (asks for your sudo password when it needs one)
set -euo pipefail

socket="${DOCKER_HOST:-unix:///var/run/docker.sock}"
user="$(id -un)"

if [[ "$socket" != unix://* ]]; then
  echo "DOCKER_HOST is $socket: access to an engine elsewhere is not a matter of groups. Nothing to do here."
  exit 1
fi
path="${socket#unix://}"

if [[ ! -S "$path" ]]; then
  echo "There is no Docker socket at $path. Install and start Docker Engine first: npm run up does both."
  exit 1
fi
if [[ -r "$path" && -w "$path" ]]; then
  echo "You ($user) may use Docker already. Nothing to do."
  exit 0
fi

group="$(stat -c %G "$path")"
if [[ "$group" == root || "$group" == UNKNOWN ]]; then
  echo "The socket $path belongs to the group $group, so no group membership can help."
  echo "Fix: sudo groupadd --force docker && restart Docker Engine (sudo systemctl restart docker), then run this again."
  exit 1
fi
if id -nG "$user" | tr ' ' '\n' | grep -qx -- "$group"; then
  echo "You ($user) are in the group $group already, but this session began before that."
  echo "Fix: log out and in again, or type:  newgrp $group"
  exit 0
fi

echo "Adding $user to the group $group. Note: who may use Docker can become root on this machine."
if [[ "$(id -u)" -ne 0 ]] && ! command -v sudo >/dev/null; then
  echo "sudo is not installed. As root, run:  usermod -aG $group $user    Then log out and in again."
  exit 1
fi
if [[ "$(id -u)" -eq 0 ]]; then usermod -aG "$group" "$user"; else sudo usermod -aG "$group" "$user"; fi
echo "Done. Log out and in again (or type:  newgrp $group), then run:  npm run up"
