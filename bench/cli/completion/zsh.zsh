#compdef ipcsort
# Completion of ipcsort for zsh, printed by: ipcsort completion zsh
_ipcsort() {
  local line word kind
  local -a names shown open
  for line in "${(@f)$("$words[1]" complete "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    word=${line%%$'\t'*}
    case $word in
      ('') ;;
      (:files) kind=_files ;;
      (:directories) kind='_files -/' ;;
      (*=) open+=("$word") ;;
      (*) names+=("$word") shown+=("${line/$'\t'/  -- }") ;;
    esac
  done
  (( $#open )) && compadd -S '' -- "$open[@]"
  (( $#names )) && compadd -l -d shown -S ' ' -r ',:' -- "$names[@]"
  [[ -n $kind ]] || return
  [[ $PREFIX != --*=* ]] || compset -P '*='
  $=kind
}

if [[ $funcstack[1] == _ipcsort ]]; then
  _ipcsort "$@"
else
  compdef _ipcsort ipcsort
fi
