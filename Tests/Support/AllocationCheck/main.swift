internal import Glibc

exit(AllocationCheck.run())
