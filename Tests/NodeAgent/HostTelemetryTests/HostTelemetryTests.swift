import Foundation
import LinkProtocol
import Testing

@testable import HostTelemetry

struct HostTelemetryTests {
    @Test func `the kernel's files become figures`() throws {
        let directory = NSTemporaryDirectory() + "holdfast-proc-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: directory + "/sys/kernel/random",
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
        }
        try write("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n", "stat")
        try write("0.52 0.58 0.59 1/257 7035\n", "loadavg")
        try write("MemTotal:       16303428 kB\nMemFree: 1 kB\nMemAvailable:    2048 kB\n", "meminfo")
        try write("6f1d2c3b-4a59-4687-9786-a5b4c3d2e1f0\n", "sys/kernel/random/boot_id")
        var telemetry = HostTelemetry(procDirectory: directory, stateDirectory: directory)
        var heartbeat = Heartbeat()
        telemetry.sample(into: &heartbeat)
        #expect(heartbeat.cpuBusyPermille == 0)
        #expect(heartbeat.loadPermille == 520)
        #expect(heartbeat.memoryTotalBytes == 16_303_428 * 1024)
        #expect(heartbeat.memoryAvailableBytes == 2_097_152)
        #expect(heartbeat.stateDiskFreeBytes > 0)
        #expect(telemetry.bootID().first == 0x6f && telemetry.bootID().last == 0xf0)
        try write("cpu  150 0 125 825 100 0 0 0 0 0\n", "stat")
        telemetry.sample(into: &heartbeat)
        #expect(heartbeat.cpuBusyPermille == 375)
    }

    @Test func `files that are missing or damaged are zeros`() {
        var telemetry = HostTelemetry(procDirectory: "/nowhere", stateDirectory: "/nowhere")
        var heartbeat = Heartbeat()
        telemetry.sample(into: &heartbeat)
        #expect(heartbeat == Heartbeat())
        #expect(telemetry.bootID() == [UInt8](repeating: 0, count: 16))
        for text in ["", "cpu", "cpu  x y", "intr 1 2"] { #expect(ProcessorTimes(stat: text) == nil) }
    }

    @Test func `this machine has a boot id, memory and a load`() {
        var telemetry = HostTelemetry(stateDirectory: "/tmp")
        var heartbeat = Heartbeat()
        telemetry.sample(into: &heartbeat)
        #expect(heartbeat.memoryTotalBytes > heartbeat.memoryAvailableBytes)
        #expect(telemetry.bootID() != [UInt8](repeating: 0, count: 16))
    }
}
