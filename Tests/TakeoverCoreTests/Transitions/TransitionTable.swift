/// What loadb2 does in every state at every stimulus: the role it has afterwards, and its actions, in order.
///
/// `→role cause` is the report of a change of state, `add 6` an order with a term, `beat` a heartbeat at once, `drop` a
/// drop with its reason; the other words are reports. See ``Situation`` for what the states and the stimuli are.
enum TransitionTable {
  static let text = """
    listening            | started            | listening |
    listening            | timerNotDue        | listening |
    listening            | timerDue           | claiming  | →standby listened, add 1, →claiming noOwner, beat
    listening            | betterOwner        | standby   | joined, →standby heardAll, beat
    listening            | worseOwner         | standby   | joined, →standby heardAll, beat
    listening            | betterClaiming     | standby   | joined, →standby heardAll, beat
    listening            | worseClaiming      | standby   | joined, →standby heardAll, beat
    listening            | releasingToMe      | claiming  | joined, →standby heardAll, add 6, →claiming handOver, beat
    listening            | releasingToOther   | standby   | joined, →standby heardAll, beat
    listening            | standby            | standby   | joined, →standby heardAll, beat
    listening            | standbyIneligible  | claiming  | joined, →standby heardAll, add 6, →claiming noOwner, beat
    listening            | standbyWants       | standby   | joined, →standby heardAll, beat
    listening            | listening          | standby   | joined, →standby heardAll, beat
    listening            | faulted            | claiming  | joined, →standby heardAll, add 6, →claiming noOwner, beat
    listening            | goodbye            | claiming  | left, →standby heardAll, add 6, →claiming noOwner, beat
    listening            | unproven           | listening | drop unproven
    listening            | namesake           | listening | drop namesake, namesake
    listening            | added              | listening |
    listening            | addedOtherTerm     | listening |
    listening            | failed             | listening |
    listening            | failedOtherTerm    | listening |
    listening            | removed            | listening |
    listening            | lost               | listening |
    listening            | announced          | listening |
    listening            | announcedOtherTerm | listening |
    listening            | linkUp             | listening |
    listening            | linkDown           | listening | beat
    listening            | hearing            | listening |
    listening            | deaf               | listening |
    listening            | stop               | listening | beat
    listening            | restarting         | standby   | joined, restarting, →standby heardAll, beat
    listening            | leased             | listening |
    listening            | found              | listening | beat
    listening            | hardware           | listening |
    listening            | answered           | listening |
    listening            | echoed             | listening |
    listening            | restart            | listening | beat

    listeningWithoutLink | started            | listening |
    listeningWithoutLink | timerNotDue        | listening |
    listeningWithoutLink | timerDue           | listening | beat
    listeningWithoutLink | betterOwner        | listening | joined
    listeningWithoutLink | worseOwner         | listening | joined
    listeningWithoutLink | betterClaiming     | listening | joined
    listeningWithoutLink | worseClaiming      | listening | joined
    listeningWithoutLink | releasingToMe      | listening | joined
    listeningWithoutLink | releasingToOther   | listening | joined
    listeningWithoutLink | standby            | listening | joined
    listeningWithoutLink | standbyIneligible  | listening | joined
    listeningWithoutLink | standbyWants       | listening | joined
    listeningWithoutLink | listening          | listening | joined
    listeningWithoutLink | faulted            | listening | joined
    listeningWithoutLink | goodbye            | listening | left
    listeningWithoutLink | unproven           | listening | drop unproven
    listeningWithoutLink | namesake           | listening | drop namesake, namesake
    listeningWithoutLink | added              | listening |
    listeningWithoutLink | addedOtherTerm     | listening |
    listeningWithoutLink | failed             | listening |
    listeningWithoutLink | failedOtherTerm    | listening |
    listeningWithoutLink | removed            | listening |
    listeningWithoutLink | lost               | listening |
    listeningWithoutLink | announced          | listening |
    listeningWithoutLink | announcedOtherTerm | listening |
    listeningWithoutLink | linkUp             | listening | beat
    listeningWithoutLink | linkDown           | listening |
    listeningWithoutLink | hearing            | listening |
    listeningWithoutLink | deaf               | listening |
    listeningWithoutLink | stop               | listening | beat
    listeningWithoutLink | restarting         | listening | joined, restarting
    listeningWithoutLink | leased             | listening |
    listeningWithoutLink | found              | listening | beat
    listeningWithoutLink | hardware           | listening |
    listeningWithoutLink | answered           | listening |
    listeningWithoutLink | echoed             | listening |
    listeningWithoutLink | restart            | listening | beat

    standby              | started            | standby   |
    standby              | timerNotDue        | standby   |
    standby              | timerDue           | claiming  | dead, add 6, →claiming ownerDead, beat
    standby              | betterOwner        | standby   |
    standby              | worseOwner         | standby   |
    standby              | betterClaiming     | standby   |
    standby              | worseClaiming      | standby   |
    standby              | releasingToMe      | claiming  | add 6, →claiming handOver, beat
    standby              | releasingToOther   | standby   |
    standby              | standby            | standby   |
    standby              | standbyIneligible  | claiming  | add 6, →claiming ownerLetGo, beat
    standby              | standbyWants       | standby   |
    standby              | listening          | standby   |
    standby              | faulted            | claiming  | add 6, →claiming ownerLetGo, beat
    standby              | goodbye            | claiming  | left, add 6, →claiming ownerLeft, beat
    standby              | unproven           | standby   | drop unproven
    standby              | namesake           | standby   | drop namesake, namesake
    standby              | added              | standby   |
    standby              | addedOtherTerm     | standby   |
    standby              | failed             | standby   |
    standby              | failedOtherTerm    | standby   |
    standby              | removed            | standby   |
    standby              | lost               | standby   |
    standby              | announced          | standby   |
    standby              | announcedOtherTerm | standby   |
    standby              | linkUp             | standby   |
    standby              | linkDown           | listening | →listening linkDown, beat
    standby              | hearing            | standby   |
    standby              | deaf               | listening | →listening deaf, beat
    standby              | stop               | standby   | beat
    standby              | restarting         | standby   | restarting
    standby              | leased             | standby   |
    standby              | found              | releasing | leftoverRemoved, remove, →releasing outranked, beat
    standby              | hardware           | standby   |
    standby              | answered           | standby   |
    standby              | echoed             | standby   |
    standby              | restart            | standby   | beat

    claiming             | started            | claiming  |
    claiming             | timerNotDue        | claiming  |
    claiming             | timerDue           | claiming  | dead, dead, beat
    claiming             | betterOwner        | releasing | conflict lost, remove, →releasing outranked, beat
    claiming             | worseOwner         | releasing | remove, →releasing ownerAlive, beat
    claiming             | betterClaiming     | releasing | conflict lost, remove, →releasing outranked, beat
    claiming             | worseClaiming      | claiming  |
    claiming             | releasingToMe      | claiming  |
    claiming             | releasingToOther   | claiming  |
    claiming             | standby            | claiming  |
    claiming             | standbyIneligible  | claiming  |
    claiming             | standbyWants       | claiming  |
    claiming             | listening          | claiming  |
    claiming             | faulted            | claiming  |
    claiming             | goodbye            | claiming  | left
    claiming             | unproven           | claiming  | drop unproven
    claiming             | namesake           | claiming  | drop namesake, namesake
    claiming             | added              | claiming  | announce 6
    claiming             | addedOtherTerm     | claiming  |
    claiming             | failed             | faulted   | →faulted refused, beat
    claiming             | failedOtherTerm    | claiming  |
    claiming             | removed            | claiming  |
    claiming             | lost               | claiming  | interference, add 6
    claiming             | announced          | owner     | →owner announced, beat
    claiming             | announcedOtherTerm | claiming  |
    claiming             | linkUp             | claiming  |
    claiming             | linkDown           | releasing | remove, →releasing linkDown, beat
    claiming             | hearing            | claiming  |
    claiming             | deaf               | claiming  |
    claiming             | stop               | releasing | remove, →releasing stopping, beat
    claiming             | restarting         | releasing | restarting, remove, →releasing ownerAlive, beat
    claiming             | leased             | claiming  |
    claiming             | found              | claiming  |
    claiming             | hardware           | claiming  |
    claiming             | answered           | claiming  |
    claiming             | echoed             | claiming  |
    claiming             | restart            | claiming  | beat

    owner                | started            | owner     |
    owner                | timerNotDue        | owner     |
    owner                | timerDue           | owner     | dead, dead, beat
    owner                | betterOwner        | releasing | conflict lost, remove, →releasing outranked, beat
    owner                | worseOwner         | owner     | conflict won, announce 6
    owner                | betterClaiming     | owner     | announce 6
    owner                | worseClaiming      | owner     | announce 6
    owner                | releasingToMe      | owner     | announce 6
    owner                | releasingToOther   | owner     | announce 6
    owner                | standby            | owner     |
    owner                | standbyIneligible  | owner     |
    owner                | standbyWants       | releasing | →releasing failBack, beat
    owner                | listening          | owner     |
    owner                | faulted            | owner     |
    owner                | goodbye            | owner     | left
    owner                | unproven           | owner     | drop unproven
    owner                | namesake           | owner     | drop namesake, namesake
    owner                | added              | owner     | announce 6
    owner                | addedOtherTerm     | owner     |
    owner                | failed             | faulted   | →faulted refused, beat
    owner                | failedOtherTerm    | owner     |
    owner                | removed            | owner     |
    owner                | lost               | owner     | interference, add 6
    owner                | announced          | owner     |
    owner                | announcedOtherTerm | owner     |
    owner                | linkUp             | owner     |
    owner                | linkDown           | releasing | remove, →releasing linkDown, beat
    owner                | hearing            | owner     |
    owner                | deaf               | owner     |
    owner                | stop               | releasing | →releasing stopping, beat
    owner                | restarting         | owner     | restarting, conflict won, announce 6
    owner                | leased             | owner     |
    owner                | found              | owner     |
    owner                | hardware           | owner     |
    owner                | answered           | owner     | announce 6, usurped
    owner                | echoed             | owner     |
    owner                | restart            | owner     | beat

    handingOver          | started            | releasing |
    handingOver          | timerNotDue        | releasing |
    handingOver          | timerDue           | owner     | →owner handOverFailed, announce 6, beat
    handingOver          | betterOwner        | releasing | remove, →releasing taken, beat
    handingOver          | worseOwner         | releasing |
    handingOver          | betterClaiming     | releasing |
    handingOver          | worseClaiming      | releasing |
    handingOver          | releasingToMe      | owner     | →owner handOverFailed, announce 6, announce 6, beat
    handingOver          | releasingToOther   | owner     | →owner handOverFailed, announce 6, announce 6, beat
    handingOver          | standby            | releasing |
    handingOver          | standbyIneligible  | owner     | →owner handOverFailed, announce 6, beat
    handingOver          | standbyWants       | releasing |
    handingOver          | listening          | owner     | →owner handOverFailed, announce 6, beat
    handingOver          | faulted            | owner     | →owner handOverFailed, announce 6, beat
    handingOver          | goodbye            | owner     | left, →owner handOverFailed, announce 6, beat
    handingOver          | unproven           | releasing | drop unproven
    handingOver          | namesake           | releasing | drop namesake, namesake
    handingOver          | added              | releasing | announce 6
    handingOver          | addedOtherTerm     | releasing |
    handingOver          | failed             | faulted   | →faulted refused, beat
    handingOver          | failedOtherTerm    | releasing |
    handingOver          | removed            | releasing |
    handingOver          | lost               | releasing | interference, add 6
    handingOver          | announced          | releasing |
    handingOver          | announcedOtherTerm | releasing |
    handingOver          | linkUp             | releasing |
    handingOver          | linkDown           | releasing | remove, →releasing linkDown, beat
    handingOver          | hearing            | releasing |
    handingOver          | deaf               | releasing |
    handingOver          | stop               | releasing | beat
    handingOver          | restarting         | releasing | restarting
    handingOver          | leased             | releasing |
    handingOver          | found              | releasing |
    handingOver          | hardware           | releasing |
    handingOver          | answered           | releasing | announce 6, usurped
    handingOver          | echoed             | releasing |
    handingOver          | restart            | releasing | beat

    removing             | started            | releasing |
    removing             | timerNotDue        | releasing |
    removing             | timerDue           | releasing | dead, dead, beat
    removing             | betterOwner        | releasing |
    removing             | worseOwner         | releasing |
    removing             | betterClaiming     | releasing |
    removing             | worseClaiming      | releasing |
    removing             | releasingToMe      | releasing |
    removing             | releasingToOther   | releasing |
    removing             | standby            | releasing |
    removing             | standbyIneligible  | releasing |
    removing             | standbyWants       | releasing |
    removing             | listening          | releasing |
    removing             | faulted            | releasing |
    removing             | goodbye            | releasing | left
    removing             | unproven           | releasing | drop unproven
    removing             | namesake           | releasing | drop namesake, namesake
    removing             | added              | releasing |
    removing             | addedOtherTerm     | releasing |
    removing             | failed             | releasing |
    removing             | failedOtherTerm    | releasing |
    removing             | removed            | standby   | →standby removed, beat
    removing             | lost               | releasing |
    removing             | announced          | releasing |
    removing             | announcedOtherTerm | releasing |
    removing             | linkUp             | releasing |
    removing             | linkDown           | releasing | beat
    removing             | hearing            | releasing |
    removing             | deaf               | releasing |
    removing             | stop               | releasing | beat
    removing             | restarting         | releasing | restarting
    removing             | leased             | releasing |
    removing             | found              | releasing |
    removing             | hardware           | releasing |
    removing             | answered           | releasing |
    removing             | echoed             | releasing |
    removing             | restart            | releasing | beat

    faulted              | started            | faulted   |
    faulted              | timerNotDue        | faulted   |
    faulted              | timerDue           | listening | →listening retry, beat
    faulted              | betterOwner        | faulted   |
    faulted              | worseOwner         | faulted   |
    faulted              | betterClaiming     | faulted   |
    faulted              | worseClaiming      | faulted   |
    faulted              | releasingToMe      | faulted   |
    faulted              | releasingToOther   | faulted   |
    faulted              | standby            | faulted   |
    faulted              | standbyIneligible  | faulted   |
    faulted              | standbyWants       | faulted   |
    faulted              | listening          | faulted   |
    faulted              | faulted            | faulted   |
    faulted              | goodbye            | faulted   | left
    faulted              | unproven           | faulted   | drop unproven
    faulted              | namesake           | faulted   | drop namesake, namesake
    faulted              | added              | faulted   |
    faulted              | addedOtherTerm     | faulted   |
    faulted              | failed             | faulted   |
    faulted              | failedOtherTerm    | faulted   |
    faulted              | removed            | faulted   |
    faulted              | lost               | faulted   |
    faulted              | announced          | faulted   |
    faulted              | announcedOtherTerm | faulted   |
    faulted              | linkUp             | faulted   |
    faulted              | linkDown           | listening | →listening linkDown, beat
    faulted              | hearing            | faulted   |
    faulted              | deaf               | listening | →listening deaf, beat
    faulted              | stop               | faulted   | beat
    faulted              | restarting         | faulted   | restarting
    faulted              | leased             | faulted   |
    faulted              | found              | faulted   |
    faulted              | hardware           | faulted   |
    faulted              | answered           | faulted   |
    faulted              | echoed             | faulted   |
    faulted              | restart            | faulted   | beat
    """
}
