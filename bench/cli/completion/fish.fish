# Completion of ipcsort for fish, printed by: ipcsort completion fish
function __ipcsort
  set -l words (commandline -opc)
  set -l program $words[1]
  set -e words[1]
  set -l word (commandline -ct)
  set -l option (string match -r -- '^--[^=]*=' "$word")
  set -l value (string replace -r -- '^--[^=]*=' '' "$word")
  for line in ($program complete $words "$word" 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path "$value" | string replace -r -- '^' "$option"
      case :directories
        __fish_complete_directories "$value" | string replace -r -- '^' "$option"
      case '*'
        echo $line
    end
  end
end

complete -c ipcsort -f -a '(__ipcsort)'
