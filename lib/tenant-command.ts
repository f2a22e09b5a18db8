/**
 * The argv that carries out a command of a tenant. A list is executed as it is. A string is the tenant's own command line, which is data:
 * the last argument of `/bin/sh -c`, in a process that holds nothing but the build or the instance.
 * This is the one module that hands anything to a shell.
 */
export const tenantCommandArguments = (command: string | readonly string[]): readonly string[] =>
  typeof command === 'string' ? ['/bin/sh', '-c', command] : command
