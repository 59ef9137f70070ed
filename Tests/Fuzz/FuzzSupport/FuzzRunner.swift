import Glibc

/// Runs targets: each valid input, then damaged ones. What traps ends the program, and the last input lies in a file; what
/// takes too much memory or too much of the processor ends it with a word.
public struct FuzzRunner {
    /// By how much one input may raise the process's greatest size.
    static let memoryMax_bytes = 64 << 20
    /// Of the processor's time: a thousand times what the slowest takes, under AddressSanitizer too.
    static let cpuMax_s = 10.0

    private let targets: [FuzzTarget]
    private let options: FuzzOptions
    private let program: String

    /// - Parameter arguments: the command line, the program's name first.
    /// - Returns: the exit status.
    public static func main(_ targets: [FuzzTarget], _ arguments: [String]) async -> Int32 {
        do {
            let options = try FuzzOptions(Array(arguments.dropFirst()))
            let chosen = targets.filter { options.target == nil || $0.name == options.target }
            guard !chosen.isEmpty else {
                throw FuzzOptions.Wrong(description: "the targets are \(targets.map(\.name).joined(separator: ", "))")
            }
            let runner = FuzzRunner(targets: chosen, options: options, program: arguments.first ?? "fuzz")
            return await runner.run() ? 0 : 1
        } catch {
            print("\(error)")
            return 64
        }
    }

    private func run() async -> Bool {
        // A fixed seed, so that `make test` is the same each time; an endless run begins anew.
        let seed = options.seed ?? (options.isEndless ? UInt64.random(in: 1...999_999) : 1)
        for target in targets {
            if let file = options.file {
                guard let input = Self.contents(of: file) else {
                    print("\(file) cannot be read")
                    return false
                }
                print("\(target.name): \(file) \(await target.read(input) ? "made sense" : "made no sense")")
            } else {
                guard await run(target, seed: seed) else { return false }
            }
        }
        return true
    }

    private func run(_ target: FuzzTarget, seed: UInt64) async -> Bool {
        print("\(target.name): seed \(seed)")
        fflush(nil)
        let note = LastInput(target.name)
        for (index, input) in target.corpus.enumerated() {
            note.write(input)
            guard await target.read(input) else {
                print("\(target.name): the valid input \(index) makes no sense to the parser")
                return false
            }
        }
        let count = options.isEndless ? UInt64.max : options.inputCount ?? UInt64(target.inputCount)
        var understood: UInt64 = 0
        var number = options.from
        while number - options.from < count {
            var mutator = Mutator(target, seed: seed, number: number)
            let input = mutator.input()
            note.write(input)
            let before = Usage.now()
            if await target.read(input) { understood += 1 }
            if let complaint = Usage.now().complaint(since: before) {
                print("\(target.name): input \(number) (\(input.count) bytes, in \(note.path)) \(complaint)")
                print("replay: \(program) \(target.name) --seed \(seed) --from \(number) --inputs 1")
                return false
            }
            number += 1
            if options.isEndless, number % 100_000 == 0 {
                print("\(target.name): \(number) inputs, \(understood) made sense")
            }
        }
        print("\(target.name): \(count) damaged inputs, \(understood) made sense all the same")
        // Were everything understood, the damage would be none.
        guard understood < count || count < 100 else {
            print("\(target.name): every damaged input made sense to the parser")
            return false
        }
        return true
    }

    private static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: Mutator.byteCountMax)
        return Array(bytes.prefix(fread(&bytes, 1, bytes.count, file)))
    }
}

/// The input that is being read, in a file that outlives the program.
private final class LastInput {
    let path: String
    private let descriptor: Int32

    init(_ target: String) {
        let folder = ProcessFolder.path
        path = "\(folder)/\(target).input"
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ input: [UInt8]) {
        guard descriptor >= 0 else { return }
        _ = ftruncate(descriptor, off_t(input.count))
        _ = pwrite(descriptor, input, input.count, 0)
    }
}

/// Where the last inputs are kept: `HOLDFAST_FUZZ_DIR`, or the temporary folder.
private enum ProcessFolder {
    static var path: String { getenv("HOLDFAST_FUZZ_DIR").map { String(cString: $0) } ?? "/tmp" }
}

/// What the process has used so far.
private struct Usage {
    let memory_bytes: Int
    let cpu_s: Double

    static func now() -> Usage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let times = [usage.ru_utime, usage.ru_stime]
        return Usage(
            memory_bytes: usage.ru_maxrss * 1024,
            cpu_s: times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        )
    }

    func complaint(since before: Usage) -> String? {
        let grown = memory_bytes - before.memory_bytes
        if grown > FuzzRunner.memoryMax_bytes { return "took \(grown >> 20) MiB of memory" }
        let spent = cpu_s - before.cpu_s
        return spent > FuzzRunner.cpuMax_s ? "took \(Int(spent)) s of the processor" : nil
    }
}
