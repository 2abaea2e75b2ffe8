import ArgumentParser
import Control
import Glibc
import TerminalUI

/// Runs the body of a command; what went wrong is said on standard error and becomes the exit code.
func reporting(_ body: () throws -> Void) throws {
  expectClosedPipes()
  do {
    try body()
  } catch let failure as CommandFailure {
    printError("vipagent: \(failure.text)")
    throw ExitCode(failure.exitCode)
  } catch let failure as OutputFailure {
    if failure.isClosed { throw ExitCode.success }
    printError("vipagent: write to standard output: \(failure.errno)")
    throw ExitCode(EX_IOERR)
  }
}
