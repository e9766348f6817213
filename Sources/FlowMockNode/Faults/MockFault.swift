/// Something that goes wrong between a client and the node.
public enum MockFault: Sendable, Hashable {
    /// The request is not carried out; the answer has this status.
    ///
    /// 429 and 503 come from the proxy in front of real nodes, so their body is no JSON.
    case status(Int, retryAfter: Int? = nil)
    /// The request is not carried out; the node refuses it with this text (HTTP 400), as one does whose payer is rate limited.
    case refuse(String)
    /// The answer is 404 although the thing exists: another node behind the same address was asked.
    case notFound
    /// The connection is closed before the request is carried out.
    case dropRequest
    /// The request is carried out, and the connection closed without an answer.
    case dropResponse
    /// The request is carried out twice, as if something on the way had repeated it.
    case duplicate
    /// The request is never answered, nor carried out.
    case hang
    /// The request is carried out and never answered.
    case hangAfterwards
    /// The answer breaks off in the middle of its body.
    case cutBody
    /// The answer is 200 with a page of HTML.
    case garbage
    /// Only for ``MockRoute/events``: the node has sealed so many blocks fewer than it should, and cuts the range.
    case cutEvents(Int)
    /// Only for ``MockRoute/sendTransaction``: the node takes the transaction and never passes it on.
    case withhold
    /// Only for ``MockRoute/sendTransaction``: the transaction gets into two blocks, as it can where it reached two clusters of
    /// collection nodes; it runs in the first, and the node tells of the second, where its sequence number is used.
    case includeTwice
}
