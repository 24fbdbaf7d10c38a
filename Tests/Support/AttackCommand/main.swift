internal import Glibc

exit(AttackProgram.run(Array(CommandLine.arguments.dropFirst())))
