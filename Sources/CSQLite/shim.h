#include <sqlite3.h>

// What Swift cannot call: functions with a variable number of arguments.

/// Lets the statements of a connection run no triggers. Returns a result code of SQLite.
static inline int flowmeter_disable_triggers(sqlite3 *connection) {
    int enabled = 1;
    int code = sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, &enabled);
    return code == SQLITE_OK && enabled ? SQLITE_ERROR : code;
}
