// The one thread on which all sources of names speak over sockets. It starts with the first connection: a run that finds
// no runtime and was asked for no API server never has it.

import NIOPosix

package enum EventLoops {
    package static let shared = MultiThreadedEventLoopGroup(numberOfThreads: 1)
}
