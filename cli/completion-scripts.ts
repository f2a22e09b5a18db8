/**
 * Each asks the CLI for the candidates, so that the shells need no knowledge of its commands. Where there are none, files are offered.
 * Bash breaks words at `=` and `:` too, and puts what is offered in place of what follows the last of them: so it is asked with whole
 * words, and given the rest of each.
 */
export const completionScripts: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = {
  bash: `_micro() {
  local IFS=$'\\n' line=\${COMP_LINE:0:COMP_POINT} words word
  IFS=' ' read -ra words <<< "$line"
  [[ $line == *' ' ]] && words+=('')
  word=\${words[\${#words[@]}-1]}
  COMPREPLY=($(micro completion words -- "\${words[@]:1}" 2>/dev/null))
  COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*[=:]}"}"}")
}
complete -o default -F _micro micro`,
  zsh: `#compdef micro
_micro() {
  local -a candidates
  candidates=(\${(f)"$(micro completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#candidates )); then compadd -a candidates; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
compdef _micro micro`,
  fish: `complete -c micro -f -a '(micro completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
complete -c micro -n '__fish_seen_subcommand_from run' -F`,
}
