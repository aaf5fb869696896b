// What happened, told to whatever shows it. Modules that know nothing of each other meet here.
//
//   live       the connection has begun (true) or ended (false)
//   ticket     {key, ticket, change, …}: a ticket changed; without `ticket` it was deleted
//   missed     changes may have been missed: ask again for what is shown
//   notified   a notification arrived
//   unread     the number of unread notifications
//   viewers    who looks at a ticket
//   command    a command of a central server has an outcome
//   queue      what waits to be sent has changed; sent: one of it arrived
//   state      whether the station is reachable and accepts changes
//   names      people or stations became known
//   navigated, scrolled, selection, language, renewed, signedOut

const listeners = {}

/** Calls `work` with what is told of an event, until the function that it returns is called. */
export function on(event, work) {
  (listeners[event] ??= new Set()).add(work)
  return () => listeners[event].delete(work)
}

export function tell(event, data) {
  for (const work of [...listeners[event] ?? []]) work(data)
}
