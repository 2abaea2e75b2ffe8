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
    listening            | leased             | listening |
    listening            | leasedUntilNow     | listening |
    listening            | found              | listening | beat
    listening            | hardware           | listening |
    listening            | answeredByOwner    | listening |
    listening            | answeredByMe       | listening |
    listening            | answeredByStranger | listening |
    listening            | echoed             | listening |
    listening            | linkUp             | listening |
    listening            | linkDown           | listening | beat
    listening            | hearing            | listening |
    listening            | deaf               | listening |
    listening            | putOnStandby       | listening | onStandby, beat
    listening            | available          | listening |
    listening            | stop               | listening | beat
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
    listeningWithoutLink | leased             | listening |
    listeningWithoutLink | leasedUntilNow     | listening |
    listeningWithoutLink | found              | listening | beat
    listeningWithoutLink | hardware           | listening |
    listeningWithoutLink | answeredByOwner    | listening |
    listeningWithoutLink | answeredByMe       | listening |
    listeningWithoutLink | answeredByStranger | listening |
    listeningWithoutLink | echoed             | listening |
    listeningWithoutLink | linkUp             | listening | beat
    listeningWithoutLink | linkDown           | listening |
    listeningWithoutLink | hearing            | listening |
    listeningWithoutLink | deaf               | listening |
    listeningWithoutLink | putOnStandby       | listening | onStandby, beat
    listeningWithoutLink | available          | listening |
    listeningWithoutLink | stop               | listening | beat
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
    standby              | leased             | standby   |
    standby              | leasedUntilNow     | standby   |
    standby              | found              | releasing | leftoverRemoved, remove, →releasing outranked, beat
    standby              | hardware           | standby   |
    standby              | answeredByOwner    | standby   |
    standby              | answeredByMe       | standby   |
    standby              | answeredByStranger | standby   |
    standby              | echoed             | standby   |
    standby              | linkUp             | standby   |
    standby              | linkDown           | listening | →listening linkDown, beat
    standby              | hearing            | standby   |
    standby              | deaf               | listening | →listening deaf, beat
    standby              | putOnStandby       | standby   | onStandby, beat
    standby              | available          | standby   |
    standby              | stop               | standby   | beat
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
    claiming             | announced          | owner     | →owner announced, tookOver, beat
    claiming             | announcedOtherTerm | claiming  |
    claiming             | leased             | claiming  |
    claiming             | leasedUntilNow     | releasing | remove, →releasing leaseExpired, beat
    claiming             | found              | claiming  |
    claiming             | hardware           | claiming  |
    claiming             | answeredByOwner    | claiming  |
    claiming             | answeredByMe       | claiming  |
    claiming             | answeredByStranger | claiming  |
    claiming             | echoed             | claiming  |
    claiming             | linkUp             | claiming  |
    claiming             | linkDown           | releasing | remove, →releasing linkDown, beat
    claiming             | hearing            | claiming  |
    claiming             | deaf               | claiming  |
    claiming             | putOnStandby       | claiming  | onStandby, beat
    claiming             | available          | claiming  |
    claiming             | stop               | releasing | remove, →releasing stopping, beat
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
    owner                | leased             | owner     |
    owner                | leasedUntilNow     | releasing | remove, →releasing leaseExpired, beat
    owner                | found              | owner     |
    owner                | hardware           | owner     |
    owner                | answeredByOwner    | owner     |
    owner                | answeredByMe       | owner     |
    owner                | answeredByStranger | owner     | defend, usurped
    owner                | echoed             | owner     |
    owner                | linkUp             | owner     |
    owner                | linkDown           | releasing | remove, →releasing linkDown, beat
    owner                | hearing            | owner     |
    owner                | deaf               | owner     |
    owner                | putOnStandby       | releasing | onStandby, →releasing standby, beat
    owner                | available          | owner     |
    owner                | stop               | releasing | →releasing stopping, beat
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
    handingOver          | leased             | releasing |
    handingOver          | leasedUntilNow     | releasing | remove, →releasing leaseExpired, beat
    handingOver          | found              | releasing |
    handingOver          | hardware           | releasing |
    handingOver          | answeredByOwner    | releasing |
    handingOver          | answeredByMe       | releasing |
    handingOver          | answeredByStranger | releasing | defend, usurped
    handingOver          | echoed             | releasing |
    handingOver          | linkUp             | releasing |
    handingOver          | linkDown           | releasing | remove, →releasing linkDown, beat
    handingOver          | hearing            | releasing |
    handingOver          | deaf               | releasing |
    handingOver          | putOnStandby       | releasing | onStandby, beat
    handingOver          | available          | releasing |
    handingOver          | stop               | releasing | beat
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
    removing             | leased             | releasing |
    removing             | leasedUntilNow     | releasing |
    removing             | found              | releasing |
    removing             | hardware           | releasing |
    removing             | answeredByOwner    | releasing |
    removing             | answeredByMe       | releasing |
    removing             | answeredByStranger | releasing |
    removing             | echoed             | releasing |
    removing             | linkUp             | releasing |
    removing             | linkDown           | releasing | beat
    removing             | hearing            | releasing |
    removing             | deaf               | releasing |
    removing             | putOnStandby       | releasing | onStandby, beat
    removing             | available          | releasing |
    removing             | stop               | releasing | beat
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
    faulted              | leased             | faulted   |
    faulted              | leasedUntilNow     | faulted   |
    faulted              | found              | faulted   |
    faulted              | hardware           | faulted   |
    faulted              | answeredByOwner    | faulted   |
    faulted              | answeredByMe       | faulted   |
    faulted              | answeredByStranger | faulted   |
    faulted              | echoed             | faulted   |
    faulted              | linkUp             | faulted   |
    faulted              | linkDown           | listening | →listening linkDown, beat
    faulted              | hearing            | faulted   |
    faulted              | deaf               | listening | →listening deaf, beat
    faulted              | putOnStandby       | faulted   | onStandby, beat
    faulted              | available          | faulted   |
    faulted              | stop               | faulted   | beat
    faulted              | restart            | faulted   | beat

    leftover             | started            | listening |
    leftover             | timerNotDue        | listening |
    leftover             | timerDue           | claiming  | →standby listened, add 1, →claiming adoption, beat
    leftover             | betterOwner        | releasing | joined, leftoverRemoved, remove, →releasing outranked, beat
    leftover             | worseOwner         | releasing | joined, leftoverRemoved, remove, →releasing outranked, beat
    leftover             | betterClaiming     | releasing | joined, leftoverRemoved, remove, →releasing outranked, beat
    leftover             | worseClaiming      | releasing | joined, leftoverRemoved, remove, →releasing outranked, beat
    leftover             | releasingToMe      | releasing | joined, leftoverRemoved, remove, →releasing outranked, beat
    leftover             | releasingToOther   | releasing | joined, leftoverRemoved, remove, →releasing outranked, beat
    leftover             | standby            | claiming  | joined, →standby heardAll, add 6, →claiming adoption, beat
    leftover             | standbyIneligible  | claiming  | joined, →standby heardAll, add 6, →claiming adoption, beat
    leftover             | standbyWants       | claiming  | joined, →standby heardAll, add 6, →claiming adoption, beat
    leftover             | listening          | claiming  | joined, →standby heardAll, add 6, →claiming adoption, beat
    leftover             | faulted            | claiming  | joined, →standby heardAll, add 6, →claiming adoption, beat
    leftover             | goodbye            | claiming  | left, →standby heardAll, add 6, →claiming adoption, beat
    leftover             | unproven           | listening | drop unproven
    leftover             | namesake           | listening | drop namesake, namesake
    leftover             | added              | listening |
    leftover             | addedOtherTerm     | listening |
    leftover             | failed             | listening |
    leftover             | failedOtherTerm    | listening |
    leftover             | removed            | listening |
    leftover             | lost               | listening |
    leftover             | announced          | listening |
    leftover             | announcedOtherTerm | listening |
    leftover             | leased             | listening |
    leftover             | leasedUntilNow     | listening |
    leftover             | found              | listening | beat
    leftover             | hardware           | listening |
    leftover             | answeredByOwner    | listening |
    leftover             | answeredByMe       | listening |
    leftover             | answeredByStranger | listening |
    leftover             | echoed             | listening |
    leftover             | linkUp             | listening |
    leftover             | linkDown           | listening | beat
    leftover             | hearing            | listening |
    leftover             | deaf               | listening |
    leftover             | putOnStandby       | listening | onStandby, beat
    leftover             | available          | listening |
    leftover             | stop               | releasing | remove, →releasing stopping, beat
    leftover             | restart            | listening | beat

    asking               | started            | standby   |
    asking               | timerNotDue        | standby   |
    asking               | timerDue           | standby   | probe one
    asking               | betterOwner        | standby   | onTime
    asking               | worseOwner         | standby   | onTime
    asking               | betterClaiming     | standby   | onTime
    asking               | worseClaiming      | standby   | onTime
    asking               | releasingToMe      | claiming  | onTime, add 6, →claiming handOver, beat
    asking               | releasingToOther   | standby   | onTime
    asking               | standby            | standby   | onTime
    asking               | standbyIneligible  | claiming  | onTime, add 6, →claiming ownerLetGo, beat
    asking               | standbyWants       | standby   | onTime
    asking               | listening          | standby   | onTime
    asking               | faulted            | claiming  | onTime, add 6, →claiming ownerLetGo, beat
    asking               | goodbye            | claiming  | left, add 6, →claiming ownerLeft, beat
    asking               | unproven           | standby   | drop unproven
    asking               | namesake           | standby   | drop namesake, namesake
    asking               | added              | standby   |
    asking               | addedOtherTerm     | standby   |
    asking               | failed             | standby   |
    asking               | failedOtherTerm    | standby   |
    asking               | removed            | standby   |
    asking               | lost               | standby   |
    asking               | announced          | standby   |
    asking               | announcedOtherTerm | standby   |
    asking               | leased             | standby   |
    asking               | leasedUntilNow     | standby   |
    asking               | found              | releasing | leftoverRemoved, remove, →releasing outranked, beat
    asking               | hardware           | standby   |
    asking               | answeredByOwner    | standby   |
    asking               | answeredByMe       | standby   |
    asking               | answeredByStranger | standby   |
    asking               | echoed             | standby   |
    asking               | linkUp             | standby   |
    asking               | linkDown           | listening | →listening linkDown, beat
    asking               | hearing            | standby   |
    asking               | deaf               | listening | →listening deaf, beat
    asking               | putOnStandby       | standby   | onStandby, beat
    asking               | available          | standby   |
    asking               | stop               | standby   | beat
    asking               | restart            | standby   | beat

    waiting              | started            | standby   |
    waiting              | timerNotDue        | standby   |
    waiting              | timerDue           | claiming  | add 6, →claiming answersStopped, beat
    waiting              | betterOwner        | standby   | returned
    waiting              | worseOwner         | standby   | returned
    waiting              | betterClaiming     | standby   | returned
    waiting              | worseClaiming      | standby   | returned
    waiting              | releasingToMe      | claiming  | returned, add 6, →claiming handOver, beat
    waiting              | releasingToOther   | standby   | returned
    waiting              | standby            | standby   | returned
    waiting              | standbyIneligible  | claiming  | returned, add 6, →claiming ownerLetGo, beat
    waiting              | standbyWants       | standby   | returned
    waiting              | listening          | claiming  | returned, add 6, →claiming ownerLetGo, beat
    waiting              | faulted            | claiming  | returned, add 6, →claiming ownerLetGo, beat
    waiting              | goodbye            | claiming  | left, add 6, →claiming ownerLeft, beat
    waiting              | unproven           | standby   | drop unproven
    waiting              | namesake           | standby   | drop namesake, namesake
    waiting              | added              | standby   |
    waiting              | addedOtherTerm     | standby   |
    waiting              | failed             | standby   |
    waiting              | failedOtherTerm    | standby   |
    waiting              | removed            | standby   |
    waiting              | lost               | standby   |
    waiting              | announced          | standby   |
    waiting              | announcedOtherTerm | standby   |
    waiting              | leased             | standby   |
    waiting              | leasedUntilNow     | standby   |
    waiting              | found              | claiming  | add 6, →claiming adoption, beat
    waiting              | hardware           | standby   |
    waiting              | answeredByOwner    | standby   |
    waiting              | answeredByMe       | standby   |
    waiting              | answeredByStranger | standby   | answered
    waiting              | echoed             | standby   |
    waiting              | linkUp             | standby   |
    waiting              | linkDown           | listening | →listening linkDown, beat
    waiting              | hearing            | standby   |
    waiting              | deaf               | listening | →listening deaf, beat
    waiting              | putOnStandby       | standby   | onStandby, beat
    waiting              | available          | standby   |
    waiting              | stop               | standby   | beat
    waiting              | restart            | standby   | beat
    """
}
