/// The version of the program, as `--version` prints it and the log names it.
package let version = "0.1.0"
