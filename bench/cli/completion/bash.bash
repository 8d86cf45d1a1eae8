# Completion of ipcsort for bash, printed by: ipcsort completion bash
_ipcsort()
{
  local line=${COMP_LINE:0:COMP_POINT} word kind=
  local -a words
  read -ra words <<<"$line"
  [[ $line != *[[:space:]] ]] || words+=("")
  local whole=${words[-1]} option=
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    case $word in
      :files) kind=-f ;;
      :directories) kind=-d ;;
      *) COMPREPLY+=("$word") ;;
    esac
    [[ $word != *= ]] || compopt -o nospace 2>/dev/null
  done < <("${words[0]}" complete "${words[@]:1}" 2>/dev/null)
  if [[ -n $kind ]]; then
    compopt -o filenames 2>/dev/null
    [[ $whole != --*=* ]] || option=${whole%%=*}=
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$kind" -P "$option" -- "${whole#"$option"}")
  fi
  # readline replaces only what stands behind the last : or = of the word, if they break words.
  local breaks=${COMP_WORDBREAKS//[^:=]/}
  if [[ -n $breaks && $whole == *[$breaks]* ]]; then
    local standing=${whole%"${whole##*[$breaks]}"}
    COMPREPLY=("${COMPREPLY[@]#"$standing"}")
  fi
}

complete -F _ipcsort ipcsort
