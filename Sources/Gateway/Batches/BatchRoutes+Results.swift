import AsyncHTTPClient
import Claude
import HTTPTypes
import Hummingbird
import Logging
import Metering
import NIOCore
import NIOHTTP1

// The results of a batch: metered as they are passed on, and when nobody reads them.
extension BatchRoutes {
    func results(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let batch = try await ownBatch(context)
        let object = try await describe(batch, request.headers)
        let answer: HTTPClientResponse
        do throws(UpstreamFailure) {
            answer = try await upstream.send(
                .get, "\(Self.root)/\(batch.id)/results\(query(request))", fields: request.headers)
        } catch {
            throw error.response
        }
        var fields = HTTPFields(answer.headers).forwardable(acceptingResponse: true)
        fields.addRequestID(context.requestID)
        guard answer.status.code == 200 else {
            let body = try await answer.body.collect(upTo: 1 << 20)
            return Response(
                status: .init(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase), headers: fields,
                body: ResponseBody(byteBuffer: body))
        }
        let length = answer.headers.first(name: "content-length").flatMap { Int($0) }
        let time = object?.ended ?? wallClock()
        let isComplete = object?.hasEnded ?? false
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody(contentLength: length) { writer in
                try await stream(answer, of: batch, time: time, closes: isComplete, to: &writer)
            })
    }

    /// Passes results on, each piece when its events are durable.
    ///
    /// When the client leaves, reading goes on without it.
    ///
    /// Concurrent, as the router's writers are: they may not cross from one isolation to another.
    @concurrent
    private func stream(
        _ answer: HTTPClientResponse, of batch: BatchRecord, time: Timestamp, closes: Bool,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        var reading = BatchMeter.Reading(batch: batch, time: time)
        var clientLeft = false
        for try await bytes in answer.body {
            if batch.metered == nil { try await meter.consume(bytes, &reading) }
            if clientLeft { continue }
            do {
                try await writer.write(bytes)
            } catch is ClientLeftError {
                if batch.metered != nil { throw ClientLeftError() }
                clientLeft = true
            }
        }
        if batch.metered == nil {
            try await meter.finish(&reading)
            if closes, reading.malformedLines == 0 { try await store.closeBatch(id: batch.id, at: wallClock()) }
        }
        if !clientLeft { try await writer.finish(nil) }
    }

    /// Reads a batch's results for nobody but the meter.
    func meterResults(of batch: BatchRecord, endedAt time: Timestamp) async throws {
        let answer = try await upstream.send(
            .get, "\(Self.root)/\(batch.id)/results", fields: [.anthropicVersion: "2023-06-01"])
        guard answer.status.code == 200 else {
            throw UpstreamFailure.malformed("status \(answer.status.code) for the results of a batch")
        }
        var reading = BatchMeter.Reading(batch: batch, time: time)
        for try await bytes in answer.body { try await meter.consume(bytes, &reading) }
        try await meter.finish(&reading)
        if reading.malformedLines == 0 { try await store.closeBatch(id: batch.id, at: wallClock()) }
    }

    /// The upstream's description of a batch; `nil` when it knows none of that id.
    func describe(_ batch: BatchRecord, _ fields: HTTPFields) async throws -> BatchObject? {
        var fields = fields
        fields[.contentLength] = nil
        if fields[.anthropicVersion] == nil { fields[.anthropicVersion] = "2023-06-01" }
        let answer = try await upstream.fetch(.get, "\(Self.root)/\(batch.id)", fields: fields)
        if answer.status == 404 { return nil }
        guard answer.isSuccess else {
            throw UpstreamFailure.malformed("status \(answer.status) for a batch")
        }
        do throws(ClaudeError) {
            return try BatchObject(Array(answer.body.readableBytesView))
        } catch {
            throw UpstreamFailure.malformed("a batch that is not JSON")
        }
    }
}
