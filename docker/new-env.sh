#!/bin/sh
# Makes docker/.env.production out of the template beside it, once: with keys of its own and the numbers of this machine.
#   sh docker/new-env.sh https://anyon.example.com [file]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
url=${1:-}
file=${2:-$here/.env.production}

case $url in
  http://* | https://*) ;;
  *) echo "Name the address under which browsers will open Anyon: sh docker/new-env.sh https://anyon.example.com" >&2; exit 2 ;;
esac
if [ -e "$file" ]; then
  echo "$file is there already and holds the keys of an install; it stays as it is." >&2
  exit 1
fi
for program in openssl stat; do
  command -v "$program" >/dev/null || { echo "The program $program is missing. Install it and start again." >&2; exit 1; }
done
socket=${DOCKER_SOCKET:-/var/run/docker.sock}
if [ ! -S "$socket" ]; then
  echo "There is no Docker Engine on this machine ($socket). Install and start it first." >&2
  exit 1
fi

umask 077
sed \
  -e "s|^ANYON_URL=\$|ANYON_URL=$url|" \
  -e "s|^ANYON_SECRET_KEY=\$|ANYON_SECRET_KEY=$(openssl rand -base64 32)|" \
  -e "s|^AUTH_SECRET=\$|AUTH_SECRET=$(openssl rand -hex 48)|" \
  -e "s|^ANYON_POSTGRES_PASSWORD=\$|ANYON_POSTGRES_PASSWORD=$(openssl rand -hex 24)|" \
  -e "s|^ANYON_DOCKER_GROUP=\$|ANYON_DOCKER_GROUP=$(stat -L -c %g "$socket")|" \
  "$here/.env.production.template" >"$file.new"
case $file in /*) place=$file ;; *) place=$PWD/$file ;; esac
[ "$place" = "$here/.env.production" ] || echo "ANYON_ENV_FILE=$place" >>"$file.new"
mv "$file.new" "$file"
echo "$file made (mode 600). Keep a copy of its ANYON_SECRET_KEY in another place."
echo "Next: docker compose --env-file $file -f $here/compose.yaml up -d --build"
