#!/usr/bin/env bash
# Makes the images of all functions with docker, podman or buildah, whichever works here, and prints
# their sizes and digests. The same bundles, base and revision give the same digests.
#   BASE      an image with Node 24            IMAGES    what their names begin with
#   TAG       their tag                        ARCHIVES  a folder for FUNCTION.tar, or nothing
#   DIST      what `make build` made           FUNCTIONS their names, or their folders from here
#   ANEW      takes nothing from an earlier build
set -euo pipefail
cd "$(dirname "$0")"
: "${BASE:=node:24-slim}" "${IMAGES:=dev.local/segue-}" "${TAG:=dev}" "${DIST:=../dist}" "${ARCHIVES:=}" "${ANEW:=}" "${FUNCTIONS:=recommend retrain upload}"
revision=$(git describe --always --abbrev=40 --dirty --match '' 2>/dev/null || echo unknown)

engine=
for candidate in docker podman buildah; do
  # A client without its engine is of no use.
  if command -v "$candidate" >/dev/null && "$candidate" info >/dev/null 2>&1; then
    engine=$candidate
    break
  fi
done
[ -n "$engine" ] || { echo 'No docker, podman or buildah that works is here.' >&2; exit 69; }

cp image.ts "$DIST/"
for folder in $FUNCTIONS; do
  function=${folder##*/}
  image=$IMAGES$function:$TAG
  what=(--file - --build-arg "BASE=$BASE" --tag "$image" ${ANEW:+--no-cache})
  # Written into the text: of a label that only an argument changes, buildah takes the one it has kept.
  text=$(sed "s/\${REVISION}/$revision/" "$folder/Containerfile")
  case $engine in
    docker)
      docker buildx build --quiet --provenance=false --build-arg SOURCE_DATE_EPOCH=0 \
        --output "type=docker,rewrite-timestamp=true" "${what[@]}" "$DIST" <<<"$text" >/dev/null
      [ -z "$ARCHIVES" ] || docker save --output "$ARCHIVES/$function.tar" "$image"
      size=$(docker image inspect --format '{{.Size}}' "$image")
      digest=$(docker image inspect --format '{{.Id}}' "$image")
      ;;
    podman | buildah)
      "$engine" build --quiet --layers --timestamp 0 "${what[@]}" "$DIST" <<<"$text" >/dev/null
      [ -z "$ARCHIVES" ] || { rm -f "$ARCHIVES/$function.tar"; "$engine" push --quiet "$image" "docker-archive:$ARCHIVES/$function.tar:$image"; }
      size=$("$engine" images --format '{{.Size}}' "$image")
      digest=$("$engine" images --no-trunc --format '{{.ID}}' "$image")
      ;;
  esac
  echo "$image  $size  $digest"
done
