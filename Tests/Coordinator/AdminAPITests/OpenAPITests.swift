import Foundation
import HTTPTypes
import Model
import Store
import Testing

@testable import API

/// The document against the running server.
@Suite(.serialized, .timeLimit(.minutes(10))) struct OpenAPITests {
    @Test func `every route answers with a status and the fields that the document gives`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let node = try await bench.addNode("exit1")
            try await bench.addNode("exit2")
            let peer = try #require(try await bench.addPeers(1, to: node).first)
            let document = try await bench.send("GET", "openapi.json", as: alice)
            #expect(document["openapi"] == "3.1.0")
            let paths: [String: [String: [String: Any]]] = try #require(document["paths"])
            #expect(paths.values.reduce(0) { $0 + $1.count } == AdminRoute.all.count)
            for route in AdminRoute.all {
                let operation = try #require(paths["/\(route.path)"]?[route.method.rawValue.lowercased()])
                #expect(operation["operationId"] as? String == route.name)
                let responses = try #require(operation["responses"] as? [String: Any])
                let answer = try await bench.send(
                    route.method.rawValue,
                    route.path.replacing("{name}", with: "exit1").replacing("{id}", with: "\(peer)"),
                    as: alice
                )
                #expect(responses["\(answer.status)"] != nil, "\(route.name) answers \(answer.status)")
                guard answer.status < 300, let schema = schema(of: route, answer.status) else { continue }
                expect(answer.body, schema, route.name)
            }
        }
    }

    private func schema(of route: AdminRoute, _ status: Int) -> ResourceSchema? {
        route.answers.first { Int($0.status.code) == status }?.schema
    }

    private func expect(_ object: [String: Any], _ schema: ResourceSchema, _ place: String) {
        let known = Set(schema.fields.map(\.name))
        #expect(Set(object.keys).isSubset(of: known), "\(place): \(Set(object.keys).subtracting(known))")
        for field in schema.fields {
            if field.isRequired { #expect(object[field.name] != nil, "\(place): \(field.name)") }
            switch field.type {
            case .object(let inner):
                if let value = object[field.name] as? [String: Any] { expect(value, inner, "\(place).\(field.name)") }
            case .list(.object(let inner)):
                for value in object[field.name] as? [[String: Any]] ?? [] {
                    expect(value, inner, "\(place).\(field.name)")
                }
            default: break
            }
        }
    }

    @Test func `a rollout is started once, halted, resumed and rolled back`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            let body = #"{"version": "1.4.0", "waves": ["1", "50%"]}"#
            let started = try await bench.send("POST", "rollouts", body, as: alice)
            #expect(started.status == 201)
            let id: String = try #require(started["id"])
            #expect(started["waves"] == ["1", "50%", "100%"])
            #expect(try await bench.send("POST", "rollouts", body, as: alice)["id"] == id)
            let other = try await bench.send("POST", "rollouts", #"{"version": "1.5.0"}"#, as: alice)
            #expect(other.problem == "rollout-open")
            #expect(try await bench.send("POST", "rollouts/\(id)/resume", as: alice)["state"] == "running")
            #expect(try await bench.send("POST", "rollouts/\(id)/halt", as: alice)["state"] == "halted")
            #expect(try await bench.send("POST", "rollouts/\(id)/resume", as: alice)["state"] == "running")
            #expect(try await bench.send("POST", "rollouts/\(id)/rollback", as: alice)["state"] == "rolling_back")
            #expect(try await bench.send("POST", "rollouts/\(id)/resume", as: alice).problem == "rollout-state")
            let replaced = try await bench.send(
                "POST",
                "rollouts",
                #"{"version": "1.5.0", "replace": true}"#,
                as: alice
            )
            #expect(replaced.status == 201)
            for version in ["", "latest; reboot", "1.0 2", "-1", String(repeating: "1", count: 65)] {
                let body = #"{"version": "\#(version)"}"#
                #expect(try await bench.send("POST", "rollouts", body, as: alice).problem == "malformed-field")
            }
        }
    }
}
