/** Below the directory that is kept for a namespace, by the variable that leads a tool there. */
const folders = {
  XDG_CACHE_HOME: 'xdg',
  NODE_COMPILE_CACHE: 'node-compile',
  npm_config_cache: 'npm',
  PIP_CACHE_DIR: 'pip',
  UV_CACHE_DIR: 'uv',
  GOCACHE: 'go-build',
  GOMODCACHE: 'go-mod',
  CARGO_HOME: 'cargo',
  CARGO_TARGET_DIR: 'cargo-target',
  GRADLE_USER_HOME: 'gradle',
} as const

export const cacheFolders: readonly string[] = [...Object.values(folders), 'maven']

/** What tools keep downloads and compiled parts by. */
export const cacheVariables = (directory: string): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(folders).map(([variable, folder]) => [variable, `${directory}/${folder}`])),
  MAVEN_OPTS: `-Dmaven.repo.local=${directory}/maven`,
  npm_config_update_notifier: 'false',
})
