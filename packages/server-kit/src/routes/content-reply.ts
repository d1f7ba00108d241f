import type { FastifyReply } from 'fastify'
import type { Rendered } from '../content/content.ts'

/** Sends content in its format. Where the body is not JSON, the seq stands in a header. */
export function sendContent(reply: FastifyReply, seq: number, rendered: Rendered): FastifyReply {
  void reply.header('x-sheaf-seq', seq).header('x-content-type-options', 'nosniff')
  switch (rendered.format) {
    case 'json':
      return reply.type('application/json; charset=utf-8').send(JSON.stringify({ seq, content: rendered.content }))
    case 'html':
      // Opened in a browser, what people wrote must not run as a page of this server.
      return reply
        .header('content-security-policy', "sandbox; default-src 'none'")
        .type('text/html; charset=utf-8')
        .send(rendered.text)
    case 'markdown':
      return reply.type('text/markdown; charset=utf-8').send(rendered.text)
    case 'update':
      return reply.type('application/octet-stream').send(Buffer.from(rendered.update))
    default:
      return rendered satisfies never
  }
}
