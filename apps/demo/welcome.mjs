const text = (words, ...marks) => ({ type: 'text', text: words, ...(marks.length > 0 ? { marks } : {}) })
const bold = { type: 'strong' }
const code = { type: 'code' }
const paragraph = (...content) => ({ type: 'paragraph', content })
const heading = (level, words) => ({ type: 'heading', attrs: { level }, content: [text(words)] })
const list = (...items) => ({
  type: 'bullet_list',
  content: items.map((item) => ({ type: 'list_item', content: [item] })),
})

/** The document that the two demo accounts share. */
export const welcome = {
  title: 'Welcome to Sheaf',
  content: {
    type: 'doc',
    content: [
      heading(1, 'Welcome to Sheaf'),
      paragraph(
        text(
          'This document belongs to Ada and is shared with Grace. Open it in a second browser as the other one, and write: ',
        ),
        text('you will see each other’s carets and words as they come.', bold),
      ),
      heading(2, 'Things to try'),
      list(
        paragraph(text('Both of you type into the same paragraph, at once. It stays one text.')),
        paragraph(
          text(
            'Switch the network off and go on writing. The line above says what is on this device only; when the network is back, it is sent and ',
          ),
          text('Saved', bold),
          text(' appears.'),
        ),
        paragraph(
          text(
            'Stop the server in the middle of a sentence and start it again. Nothing that was shown as saved is gone.',
          ),
        ),
        paragraph(text('Open the history, name a version, write on, and restore it.')),
        paragraph(text('Press Share, and make somebody a reader while they type.')),
      ),
      heading(2, 'Writing'),
      paragraph(
        text('Markdown works as you type: '),
        text('# ', code),
        text(' for a heading, '),
        text('- ', code),
        text(' for a list, '),
        text('> ', code),
        text(' for a quote, '),
        text('```', code),
        text(' for code, and '),
        text('**bold**', code),
        text('. Undo takes back your own words and nobody else’s.'),
      ),
      {
        type: 'blockquote',
        content: [
          paragraph(
            text(
              'A sheaf is a bundle of pages, and in mathematics the rule by which local pieces that agree glue into one whole.',
            ),
          ),
        ],
      },
    ],
  },
}
