#!/bin/sh
# Starts a service's own command line with the programs of its packages first in PATH.
# $1: directories of the artifact, separated by colons. $2: the command line.
IFS=:
for directory in $1; do
  PATH="$PWD/$directory:$PATH"
done
unset IFS
export PATH
exec /bin/sh -c "$2"
