// Text that was typed and not sent yet, by ticket and field. It survives another view, a reload and a sign-in.

import { el } from './dom.js'
import { read, write } from './kept.js'

let drafts = new Map()
let writing = null

function storeSoon() {
  writing ??= setTimeout(flush, 300)
}

function flush() {
  clearTimeout(writing)
  writing = null
  write('drafts', [...drafts])
}
addEventListener('pagehide', flush)

export function recallDrafts() {
  drafts = new Map([...(read('drafts') ?? []), ...drafts])
}

export const draft = (key) => drafts.get(key)
export const hasDraft = (key) => drafts.has(key)
export const draftKeys = () => [...drafts.keys()]

export function setDraft(key, text) {
  drafts.set(key, text)
  storeSoon()
}

export function dropDraft(key) {
  drafts.delete(key)
  storeSoon()
}

export function forgetDrafts() {
  drafts.clear()
  flush()
}

/** A text area that keeps its draft. Ctrl+Enter sends its form. */
export function textarea(key, attributes) {
  const area = el('textarea', {
    maxlength: 5000, ...attributes,
    oninput: () => setDraft(key, area.value),
    onkeydown: (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) area.form.requestSubmit()
    },
  })
  area.value = drafts.get(key) ?? ''
  return area
}
