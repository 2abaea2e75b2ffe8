/// What loadb2 does in every state at every request of an operator, its own or loadb1's and loadb3's. Reads like
/// ``TransitionTable``.
enum RequestTable {
  static let text = """
    listening            | standbyInsists     | standby   | joined, →standby heardAll, beat
    listening            | worseInsists       | listening |
    listening            | askStandby         | listening | accepted, groupOnStandby, fulfilled, beat
    listening            | forceStandby       | listening | accepted, groupOnStandby, fulfilled, beat
    listening            | askAvailable       | listening | accepted, fulfilled
    listening            | askTakeover        | listening | refused notReady
    listening            | forceTakeover      | listening | refused notReady
    listening            | askFailBack        | listening | refused noOwner

    listeningWithoutLink | standbyInsists     | listening | joined
    listeningWithoutLink | worseInsists       | listening |
    listeningWithoutLink | askStandby         | listening | accepted, groupOnStandby, fulfilled, beat
    listeningWithoutLink | forceStandby       | listening | accepted, groupOnStandby, fulfilled, beat
    listeningWithoutLink | askAvailable       | listening | accepted, fulfilled
    listeningWithoutLink | askTakeover        | listening | refused notReady
    listeningWithoutLink | forceTakeover      | listening | refused notReady
    listeningWithoutLink | askFailBack        | listening | refused noOwner

    standby              | standbyInsists     | standby   |
    standby              | worseInsists       | standby   |
    standby              | askStandby         | standby   | accepted, groupOnStandby, fulfilled, beat
    standby              | forceStandby       | standby   | accepted, groupOnStandby, fulfilled, beat
    standby              | askAvailable       | standby   | accepted, fulfilled
    standby              | askTakeover        | standby   | accepted, beat
    standby              | forceTakeover      | standby   | accepted, beat
    standby              | askFailBack        | standby   | refused alreadyBest

    claiming             | standbyInsists     | claiming  |
    claiming             | worseInsists       | claiming  |
    claiming             | askStandby         | claiming  | accepted, groupOnStandby, beat
    claiming             | forceStandby       | claiming  | accepted, groupOnStandby, beat
    claiming             | askAvailable       | claiming  | accepted, fulfilled
    claiming             | askTakeover        | claiming  | refused alreadyOwner
    claiming             | forceTakeover      | claiming  | refused alreadyOwner
    claiming             | askFailBack        | claiming  | refused moving

    owner                | standbyInsists     | releasing | →releasing requested, beat
    owner                | worseInsists       | releasing | →releasing requested, beat
    owner                | askStandby         | releasing | accepted, groupOnStandby, →releasing standby, beat
    owner                | forceStandby       | releasing | accepted, groupOnStandby, →releasing standby, beat
    owner                | askAvailable       | owner     | accepted, fulfilled
    owner                | askTakeover        | owner     | refused alreadyOwner
    owner                | forceTakeover      | owner     | refused alreadyOwner
    owner                | askFailBack        | owner     | refused notReady

    handingOver          | standbyInsists     | releasing |
    handingOver          | worseInsists       | releasing |
    handingOver          | askStandby         | releasing | accepted, groupOnStandby, beat
    handingOver          | forceStandby       | releasing | accepted, groupOnStandby, beat
    handingOver          | askAvailable       | releasing | accepted, fulfilled
    handingOver          | askTakeover        | releasing | refused moving
    handingOver          | forceTakeover      | releasing | refused moving
    handingOver          | askFailBack        | releasing | refused moving

    removing             | standbyInsists     | releasing |
    removing             | worseInsists       | releasing |
    removing             | askStandby         | releasing | accepted, groupOnStandby, beat
    removing             | forceStandby       | releasing | accepted, groupOnStandby, beat
    removing             | askAvailable       | releasing | accepted, fulfilled
    removing             | askTakeover        | releasing | refused moving
    removing             | forceTakeover      | releasing | refused moving
    removing             | askFailBack        | releasing | refused moving

    faulted              | standbyInsists     | faulted   |
    faulted              | worseInsists       | faulted   |
    faulted              | askStandby         | faulted   | accepted, groupOnStandby, fulfilled, beat
    faulted              | forceStandby       | faulted   | accepted, groupOnStandby, fulfilled, beat
    faulted              | askAvailable       | faulted   | accepted, fulfilled
    faulted              | askTakeover        | faulted   | refused notReady
    faulted              | forceTakeover      | faulted   | refused notReady
    faulted              | askFailBack        | faulted   | refused noOwner

    leftover             | standbyInsists     | claiming  | joined, →standby heardAll, add 6, →claiming adoption, beat
    leftover             | worseInsists       | listening |
    leftover             | askStandby         | listening | accepted, groupOnStandby, beat
    leftover             | forceStandby       | releasing | accepted, groupOnStandby, remove, →releasing standby, beat
    leftover             | askAvailable       | listening | accepted, fulfilled
    leftover             | askTakeover        | listening | refused notReady
    leftover             | forceTakeover      | listening | refused notReady
    leftover             | askFailBack        | listening | refused noOwner

    asking               | standbyInsists     | standby   | onTime
    asking               | worseInsists       | standby   |
    asking               | askStandby         | standby   | accepted, groupOnStandby, fulfilled, beat
    asking               | forceStandby       | standby   | accepted, groupOnStandby, fulfilled, beat
    asking               | askAvailable       | standby   | accepted, fulfilled
    asking               | askTakeover        | standby   | accepted, beat
    asking               | forceTakeover      | standby   | accepted, beat
    asking               | askFailBack        | standby   | refused alreadyBest

    waiting              | standbyInsists     | standby   | returned
    waiting              | worseInsists       | standby   |
    waiting              | askStandby         | standby   | accepted, groupOnStandby, fulfilled, beat
    waiting              | forceStandby       | standby   | accepted, groupOnStandby, fulfilled, beat
    waiting              | askAvailable       | standby   | accepted, fulfilled
    waiting              | askTakeover        | standby   | refused answered
    waiting              | forceTakeover      | claiming  | accepted, add 6, →claiming forced, beat
    waiting              | askFailBack        | standby   | refused noOwner
    """
}
