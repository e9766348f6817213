internal import CSQLite

extension StoreConnection {
    /// Runs no triggers from now on.
    ///
    /// For the writer of events, whose statements the triggers cannot refuse: all it does to `event` is a plain INSERT,
    /// which constraints decide about. The triggers refuse others' REPLACE, UPDATE and DELETE, and to ask them costs
    /// 1.4 to 2.5 µs an event.
    func disableTriggers() throws(SQLiteFailure) {
        let code = flowmeter_disable_triggers(handle)
        if code != 0 { throw failure(code) }
    }
}
