import Database
import Model

/// The machine at the other end of a link, as far as it can be told from its copy.
struct LinkMachine: Hashable, Sendable {
    /// The kernel's: another after each boot.
    let bootID: [UInt8]
    /// Where it dialled from: the address, or the 64 bits of its IPv6 network.
    let address: String?

    init(bootID: [UInt8], address: IPAddress?) {
        self.bootID = bootID
        self.address = address?.host.description
    }
}

/// What is known of the machines that used a node's identity.
struct KnownMachines: Hashable, Sendable {
    /// Of the last link; nil before the first.
    let bootID: [UInt8]?
    let address: String?
    /// Of another machine that asked for the link while the last one had it.
    let rivalBootID: [UInt8]?
    /// The two were alive at once.
    let areDuplicates: Bool

    init(_ row: Row) throws(DatabaseError) {
        bootID = try row.optionalBytes("machine_boot_id")
        address = try row.optionalText("machine_address")
        rivalBootID = try row.optionalBytes("rival_boot_id")
        areDuplicates = try !row.isNull("duplicated_at")
    }

    /// Whether it has booted since, or is another one.
    func hasOtherBoot(_ machine: LinkMachine) -> Bool { bootID.map { $0 != machine.bootID } ?? false }

    /// Whether it is another machine than that of the last link. A reboot changes the boot id alone, a change of the
    /// network the address alone.
    func isOther(_ machine: LinkMachine) -> Bool {
        hasOtherBoot(machine) && (address != machine.address || (areDuplicates && rivalBootID == machine.bootID))
    }
}
