#!/bin/sh
# Starts an image as Docker does, waits for its health check and stops it.
set -eu

container=$(docker run --detach --rm "$1")
trap 'docker kill "$container" >/dev/null 2>&1 || true' EXIT
tries=0
while [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" != healthy ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
        docker logs "$container"
        echo "the container never became healthy" >&2
        exit 1
    fi
    sleep 1
done
[ "$(docker exec "$container" id -u)" = 10001 ]
docker stop --time 15 "$container" >/dev/null
echo "the container became healthy as user 10001, and stopped"
