import Model

/// Stripe gives lists in pages of at most 100. What a decision rests on is read whole.
extension StripeAPI {
    /// How many pages of one object's parts there may be.
    private static let partPagesMax = 20
    /// How many pages of a subscription's paid invoices are read, newest first. What is older than 300 invoices has been
    /// used up.
    private static let invoicePagesMax = 3

    /// A subscription with all its items, and with its newest invoice.
    func wholeSubscription(_ id: StripeID) async throws(StripeAPIError) -> StripeSubscription {
        var subscription = try await subscription(id)
        guard subscription.items.has_more == true else { return subscription }
        let items: [StripeSubscription.Item] = try await parts(
            "/v1/subscription_items",
            [("subscription", id.text)],
            id: \.id
        )
        subscription.items = StripeList(data: items, has_more: false)
        return subscription
    }

    /// The invoice with all its lines.
    func whole(_ invoice: StripeInvoice) async throws(StripeAPIError) -> StripeInvoice {
        guard invoice.hasMoreLines, let id = invoice.id else { return invoice }
        var whole = invoice
        let lines: [StripeInvoiceLine] = try await parts("/v1/invoices/\(id.text)/lines", [], id: \.id)
        whole.lines = StripeList(data: lines, has_more: false)
        return whole
    }

    /// The invoices of a subscription that are paid, newest first, each whole.
    func paidInvoices(of subscription: StripeID) async throws(StripeAPIError) -> [StripeInvoice] {
        let query = [("subscription", subscription.text), ("status", "paid")]
        let invoices: (list: [StripeInvoice], isWhole: Bool) = try await pages(
            "/v1/invoices",
            query,
            max: Self.invoicePagesMax,
            id: \.id
        )
        var whole: [StripeInvoice] = []
        for invoice in invoices.list { whole.append(try await self.whole(invoice)) }
        return whole
    }

    /// The invoices that a payment paid, each whole: a charge no longer names them.
    func invoices(paidBy payment: StripeID) async throws(StripeAPIError) -> [StripeInvoice] {
        struct Payment: Decodable, Hashable, Sendable {
            let id: StripeID?
            let invoice: StripeExpanded<StripeInvoice>?
        }
        let payments: [Payment] = try await parts(
            "/v1/invoice_payments",
            [
                ("payment[type]", "payment_intent"), ("payment[payment_intent]", payment.text),
                ("expand[]", "data.invoice"),
            ],
            id: \.id
        )
        var whole: [StripeInvoice] = []
        for case let invoice? in payments.map(\.invoice?.object) { whole.append(try await self.whole(invoice)) }
        return whole
    }

    /// A page of the events that did not get through to every endpoint, newest first. Stripe keeps them for 30 days.
    func undeliveredEvents(
        since: Timestamp,
        after: StripeID?
    ) async throws(StripeAPIError) -> StripePage<StripeEvent> {
        var query = [("delivery_success", "false"), ("created[gte]", "\(since.seconds)"), ("limit", "100")]
        query += StripeEventType.allCases.map { ("types[]", $0.rawValue) }
        if let after { query.append(("starting_after", after.text)) }
        return try await get("/v1/events", query, isList: true)
    }

    /// All of a list.
    private func parts<Element: Decodable & Sendable & Hashable>(
        _ path: String,
        _ query: [(String, String)],
        id: (Element) -> StripeID?
    ) async throws(StripeAPIError) -> [Element] {
        let pages: (list: [Element], isWhole: Bool) = try await pages(path, query, max: Self.partPagesMax, id: id)
        guard pages.isWhole else { throw .endlessList }
        return pages.list
    }

    private func pages<Element: Decodable & Sendable & Hashable>(
        _ path: String,
        _ query: [(String, String)],
        max: Int,
        id: (Element) -> StripeID?
    ) async throws(StripeAPIError) -> (list: [Element], isWhole: Bool) {
        var (list, last) = ([Element](), StripeID?.none)
        for _ in 0..<max {
            let after = last.map { [("starting_after", $0.text)] } ?? []
            let page: StripePage<Element> = try await get(path, query + [("limit", "100")] + after, isList: true)
            list += page.data
            guard page.has_more else { return (list, true) }
            // A page that leads nowhere would be asked for again and again.
            guard let next = page.data.last.flatMap(id), next != last else { return (list, false) }
            last = next
        }
        return (list, false)
    }
}
