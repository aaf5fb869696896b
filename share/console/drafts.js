// Text that was typed and not sent yet, by field and ticket. It survives another view, a reload and a sign-in.

import { el } from './dom.js'
import { read, write } from './kept.js'

let drafts = new Map()
let writing

function store() {
  clearTimeout(writing)
  writing = null
  write('drafts', [...drafts])
}
const storeSoon = () => (writing ??= setTimeout(store, 300))
addEventListener('pagehide', store)

export const recallDrafts = () => (drafts = new Map([...read('drafts') ?? [], ...drafts]))
export const draft = (key) => drafts.get(key)
export const draftCount = () => drafts.size

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
  store()
}

/** A text area that keeps its draft. Ctrl+Enter sends its form. */
export function textarea(key, attributes) {
  const area = el('textarea', {
    maxlength: 5000, 'data-key': key, ...attributes,
    oninput: () => setDraft(key, area.value),
    onkeydown: (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) area.form.requestSubmit()
    },
  })
  area.value = drafts.get(key) ?? ''
  return area
}
