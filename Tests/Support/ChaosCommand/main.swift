internal import Glibc

exit(ChaosProgram.run(Array(CommandLine.arguments.dropFirst())))
