/// The numbers of linux/netfilter/nf_tables.h and nfnetlink.h that are used here, part of the kernel's stable interface.
/// Numbers in attributes are in network order.
enum NFTablesProtocol {
    /// `NFNL_SUBSYS_NFTABLES`, the upper byte of a message's type.
    static let subsystem: UInt16 = 10
    /// `NFNLGRP_NFTABLES`
    static let group: UInt32 = 7

    /// `NFT_MSG_…`, the lower byte of a message's type.
    enum Message {
        static let newTable: UInt16 = 0
        static let getTable: UInt16 = 1
        static let newChain: UInt16 = 3
        static let getChain: UInt16 = 4
        static let newRule: UInt16 = 6
        static let getRule: UInt16 = 7
        static let newSet: UInt16 = 9
        static let getSet: UInt16 = 10
        static let newSetElement: UInt16 = 12
        static let getSetElement: UInt16 = 13
        static let newGeneration: UInt16 = 15
        static let getGeneration: UInt16 = 16
    }

    /// `NFPROTO_…`
    enum Family {
        static let all: UInt8 = 0
        static let inet: UInt8 = 1
        static let ipv4: UInt8 = 2
        static let ipv6: UInt8 = 10
    }

    /// `NFTA_TABLE_…`
    enum Table {
        static let name: UInt16 = 1
        static let flags: UInt16 = 2
    }

    /// `NFTA_CHAIN_…`
    enum Chain {
        static let table: UInt16 = 1
        static let name: UInt16 = 3
        static let hook: UInt16 = 4
        static let policy: UInt16 = 5
        static let type: UInt16 = 7
        static let flags: UInt16 = 10
        /// `NFTA_HOOK_HOOKNUM`, inside `hook`.
        static let hookNumber: UInt16 = 1
        /// `NF_INET_FORWARD`
        static let forward: UInt32 = 2
    }

    /// `NFTA_RULE_…`
    enum Rule {
        static let table: UInt16 = 1
        static let chain: UInt16 = 2
        static let expressions: UInt16 = 4
    }

    /// `NFTA_EXPR_…`, inside an element of `Rule.expressions`.
    enum Expression {
        static let name: UInt16 = 1
        static let data: UInt16 = 2
        /// `NFTA_IMMEDIATE_DATA`, of the expression `immediate`.
        static let immediateData: UInt16 = 2
        /// `NFTA_DATA_VERDICT`
        static let verdict: UInt16 = 2
        /// `NFTA_VERDICT_CODE`
        static let verdictCode: UInt16 = 1
        /// `NF_DROP`
        static let drop: UInt32 = 0
    }

    /// `NFTA_SET_…`
    enum Set {
        static let table: UInt16 = 1
        static let name: UInt16 = 2
        static let flags: UInt16 = 3
        static let keyType: UInt16 = 4
        static let keyLength: UInt16 = 5
        static let dataType: UInt16 = 6
        static let dataLength: UInt16 = 7
        /// `NFT_SET_TIMEOUT` and `NFT_SET_EVAL`: packets put elements in.
        static let changesByItself: UInt32 = 0x30
    }

    /// `NFTA_SET_ELEM_LIST_…`
    enum SetElements {
        static let table: UInt16 = 1
        static let set: UInt16 = 2
        static let elements: UInt16 = 3
        /// `NFTA_SET_ELEM_…` inside one of `elements`: key, data, flags, end of the key.
        static let lasting: Swift.Set<UInt16> = [1, 2, 3, 10]
    }

    /// `NFTA_GEN_…`
    enum Generation {
        static let number: UInt16 = 1
        static let processID: UInt16 = 2
        static let processName: UInt16 = 3
    }
}
