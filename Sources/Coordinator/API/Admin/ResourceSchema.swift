/// What a field holds, in the words of the OpenAPI document.
indirect enum FieldType: Sendable {
    case string, integer, number, boolean, moment, identifier
    case oneOf([String])
    /// An object with keys of the caller's own.
    case map(FieldType)
    case list(FieldType)
    case object(ResourceSchema)
}

/// An object in a request or an answer, as the OpenAPI document describes it.
struct ResourceSchema: Sendable {
    struct Field: Sendable {
        let name: String
        let type: FieldType
        let text: String
        let isRequired: Bool

        static func required(_ name: String, _ type: FieldType, _ text: String) -> Field {
            Field(name: name, type: type, text: text, isRequired: true)
        }

        static func optional(_ name: String, _ type: FieldType, _ text: String) -> Field {
            Field(name: name, type: type, text: text, isRequired: false)
        }
    }

    let name: String
    let fields: [Field]

    /// A page of a list: the elements, and where the next page begins.
    static func page(_ key: String, of element: ResourceSchema) -> ResourceSchema {
        ResourceSchema(
            name: "\(element.name)Page",
            fields: [
                .required(key, .list(.object(element)), "The elements."),
                .optional("next", .string, "What `after` must be for the next page; absent on the last one."),
            ]
        )
    }
}
