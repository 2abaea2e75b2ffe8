import Agent

/// What the file of the standby says: the agent wrote it, but anybody who may write there can.
func fuzzStandby(_ bytes: UnsafeRawBufferPointer) {
  var strange: [Int] = []
  let standby = OperatorStandby(reading: Array(bytes), strange: &strange)
  let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
  hold(strange.allSatisfy { (1...lines).contains($0) }, "a complaint names a line of the file")
  hold(standby.groups == Set(standby.groups).sorted(), "each group is there once, in order")
  var again: [Int] = []
  hold(
    OperatorStandby(reading: Array(standby.text.utf8), strange: &again) == standby, "written again, it says the same")
  hold(again.isEmpty, "what was written again has no strange line")
}
