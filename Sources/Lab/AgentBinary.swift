import Glibc
import Linux

extension Lab {
  /// The path of the `vipagent` to run on the hosts: the environment's `VIPAGENT_BINARY`, or else the one next to the
  /// running executable or in a folder above it, which is where a build leaves it for its own tests.
  public static func agentBinary() throws(LabError) -> String {
    if let path = getenv("VIPAGENT_BINARY").map({ String(cString: $0) }) {
      guard access(path, X_OK) == 0 else { throw .noAgentBinary([path]) }
      return path
    }
    let places = try foldersAbove(runningExecutable()).map { "\($0)/vipagent" }
    guard let path = places.first(where: isProgram) else { throw .noAgentBinary(places) }
    return path
  }

  /// The path of the program that is running now.
  public static func runningExecutable() throws(LabError) -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &path, path.count)
    guard length > 0 else {
      throw .failed("find the running executable", SystemError("readlink", on: "/proc/self/exe"))
    }
    return String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// `/a/b/c` → `/a/b`, `/a`.
  private static func foldersAbove(_ path: String) -> [String] {
    var folders: [String] = []
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/"), slash != rest.startIndex {
      rest = rest[..<slash]
      folders.append(String(rest))
    }
    return folders
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }
}
