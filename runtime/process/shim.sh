#!/bin/sh
# Stands between the platform and one instance, so that the exit status is known even when the platform was down at that moment.
#
#   sh shim.sh INSTANCE DATA_KIB OPEN_FILES PROCESSES COMMAND [ARGUMENT...]     3> status file     (0 PROCESSES: no limit)
#
# Writes its process id as first line of the status file and the command's exit status (128 + signal for a signal) as second.
# Runs built-ins only: one small process an instance. Nothing is interpolated: the command is executed as it was given.
# The instance's id is not used here: it tells operators, and the platform after a crash, whose process this is.

echo "$$" >&3
{
  ulimit -c 0
  ulimit -d "$2"
  ulimit -n "$3"
  # Processes are -p in dash and busybox, -u in bash.
  [ "$4" = 0 ] || ulimit -p "$4" || ulimit -u "$4"
  # The kernel takes tenants before the platform when memory runs out.
  echo 500 >/proc/self/oom_score_adj
} 2>/dev/null
shift 4

# Caught, not ignored: an ignored signal would stay ignored in the command.
trap : HUP INT QUIT TERM

# The shell's own remarks ("Killed") stay out of the instance's output; `exec` keeps built-ins from being commands.
exec 4>&2 2>/dev/null
(
  exec 2>&4 3>&- 4>&-
  exec "$@"
)
status=$?
echo "$status" >&3
