/// The server's configuration file, written anew at each start.
enum ServerSettings {
    static func file(_ options: EmbeddedDatabaseOptions, _ layout: ClusterLayout) -> String {
        let durable = options.isDurable ? "on" : "off"
        let socketDirectory = layout.socketDirectory.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "''")
        return """
            # Written by holdfast-coordinator at each start: changes here are lost.
            # Settings of your own go into server.conf in the data directory.

            # Only the unix socket, in a directory that only the server's user may enter
            listen_addresses = ''
            port = \(ClusterLayout.port)
            unix_socket_directories = '\(socketDirectory)'
            unix_socket_permissions = 0700
            max_connections = \(options.maxConnections)

            fsync = \(durable)
            full_page_writes = \(durable)
            synchronous_commit = on
            wal_level = replica
            max_wal_size = 1GB
            checkpoint_timeout = 5min
            restart_after_crash = on

            shared_buffers = \(options.sharedBuffers_MB)MB
            dynamic_shared_memory_type = posix

            # No statement, parameter or row ever reaches the log: errors of statements are below 'log' in this order,
            # and verbosity 'terse' leaves out the DETAIL lines, which quote rows.
            log_destination = 'stderr'
            logging_collector = off
            log_min_messages = log
            log_min_error_statement = panic
            log_error_verbosity = terse
            log_statement = none
            log_duration = off
            log_min_duration_statement = -1
            log_min_duration_sample = -1
            log_transaction_sample_rate = 0
            log_parameter_max_length = 0
            log_parameter_max_length_on_error = 0
            log_lock_waits = off
            log_checkpoints = off
            log_autovacuum_min_duration = -1
            log_line_prefix = '%m [%p] '
            log_timezone = 'UTC'

            timezone = 'UTC'
            datestyle = 'iso, ymd'
            lc_messages = 'C'
            default_text_search_config = 'pg_catalog.simple'
            include_if_exists = '../server.conf'

            """
    }
}
