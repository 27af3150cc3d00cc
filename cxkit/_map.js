// Brings journey maps to life, on a page of its own and in a widget alike: lanes that fold, a step's details, the
// keyboard, and paper. Every word comes from the map itself, and is put in as text.
const ON_PAPER = 10 // steps that a sheet of paper holds lying down

const make = (tag, css, ...inside) => {
  const one = document.createElement(tag)
  if (css) one.className = css
  one.append(...inside)
  return one
}
const button = (css, ...inside) => {
  const one = make("button", css, ...inside)
  one.type = "button"
  return one
}
// The words of an element become those of a button in it.
const pressable = (el, css) => {
  const one = button(css, ...el.childNodes)
  el.append(one)
  return one
}

function enliven(map, signal) {
  if (map.dataset.live) return
  map.dataset.live = "yes"
  const say = JSON.parse(map.dataset.say || "{}")
  const table = map.querySelector("table")
  const tools = make("div", "tools")
  fold(map, table, say, tools)
  who(map, table, say, tools)
  walk(map, table, say)
  if (tools.childElementCount) map.querySelector(".scroll").before(tools)
  stay(map, table, signal)
  paper(map, table, signal)
}

// Lanes and their groups: a button in each name folds it away.
function fold(map, table, say, tools) {
  const set = (el, open) => {
    el.toggleAttribute("data-shut", !open)
    el.querySelector(":scope > tr.group .fold, :scope > th .fold").setAttribute("aria-expanded", open)
  }
  const groups = [...table.tBodies].filter((body) => body.classList.contains("group"))
  const lanes = [...table.querySelectorAll("tbody th.name")].map((name) => name.parentElement)
  groups.forEach((body) => {
    const label = body.querySelector("label")
    label.querySelector("input")?.remove()
    label.replaceWith(make("div", "", ...label.childNodes))
    pressable(body.querySelector(".of"), "fold")
  })
  lanes.forEach((row) => pressable(row.querySelector(".label"), "fold"))
  const all = [...groups, ...lanes]
  all.forEach((el) => set(el, !el.hasAttribute("data-fold")))
  const whole = button("all")
  const told = () => {
    const shut = all.some((el) => el.hasAttribute("data-shut"))
    whole.textContent = shut ? say.all : say.fewer
    return shut
  }
  table.addEventListener("click", (event) => {
    const pressed = event.target.closest(".fold")
    const row = pressed?.closest("tr") ?? event.target.closest("tr.group")
    if (!row) return
    const el = row.classList.contains("group") ? row.parentElement : row
    set(el, el.hasAttribute("data-shut"))
    told()
  })
  whole.addEventListener("click", () => {
    const open = told()
    all.forEach((el) => set(el, open || !el.hasAttribute("data-fold")))
    told()
  })
  if (!groups.length || !say.all) return
  told()
  tools.append(whole)
}

// Whose curve is drawn, and whether the one that is aimed at lies over it.
function who(map, table, say, tools) {
  const marked = [...table.querySelectorAll("[data-who]")]
  const names = new Map([...table.querySelectorAll(".whose:not(.aim)[data-who]")].map((e) => [e.dataset.who, e.textContent]))
  if (names.size > 1 && say.everyone) {
    const select = make("select", "", new Option(say.everyone, ""), ...[...names].map(([id, name]) => new Option(name, id)))
    select.setAttribute("aria-label", say.whose || say.everyone)
    select.addEventListener("change", () => {
      map.toggleAttribute("data-whose", select.value !== "")
      marked.forEach((el) => el.classList.toggle("off", select.value !== "" && el.dataset.who !== select.value))
    })
    tools.append(select)
  }
  if (!say.to_be || !table.querySelector(".plot .aim")) return
  const aims = button("aims", say.to_be)
  aims.setAttribute("aria-pressed", true)
  aims.addEventListener("click", () => {
    aims.setAttribute("aria-pressed", !map.toggleAttribute("data-no-aims"))
  })
  tools.append(aims)
}

// From step to step with the arrow keys; Enter or a click says all that is known of one.
function walk(map, table, say) {
  const labels = [...table.querySelectorAll("thead .step .label")]
  const steps = labels.map((label) => pressable(label, "open"))
  steps.forEach((step, i) => {
    step.tabIndex = i ? -1 : 0
    step.setAttribute("aria-haspopup", "dialog")
  })
  const go = (i) => {
    steps.forEach((step, j) => (step.tabIndex = i === j ? 0 : -1))
    steps[i].focus()
    steps[i].scrollIntoView({ block: "nearest", inline: "nearest" })
  }
  const to = (key, i) => ({ ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: steps.length - 1 })[key]
  table.tHead.addEventListener("keydown", (event) => {
    const next = to(event.key, steps.indexOf(event.target))
    if (next === undefined || !steps.includes(event.target)) return
    event.preventDefault()
    event.stopPropagation()
    if (steps[next]) go(next)
  })
  table.tHead.addEventListener("click", (event) => {
    const i = steps.indexOf(event.target.closest(".step")?.querySelector(".open"))
    if (i >= 0) detail(map, table, say, i, go)
  })
}

function detail(map, table, say, first, go) {
  const dialog = make("dialog", "cx-step")
  let i = first
  const last = table.tHead.rows[1].cells.length - 2
  const close = button("close", say.close ?? "×")
  close.autofocus = true
  const [before, after] = [["‹", say.before], ["›", say.after]].map(([sign, name]) => {
    const one = button("turn", sign)
    one.setAttribute("aria-label", name ?? sign)
    return one
  })
  const body = make("div", "body")
  const show = () => {
    const title = make("p", "title", stepOf(table, i).querySelector(".label").textContent)
    title.dir = "auto"
    dialog.setAttribute("aria-label", title.textContent)
    const said = [phaseOf(table, i), ...[...stepOf(table, i).querySelectorAll(".mark")].map((e) => e.textContent)]
    body.replaceChildren(title, make("p", "of", said.filter(Boolean).join(" · ")), told(table, i))
    dialog.scrollTop = 0
    before.disabled = i === 0
    after.disabled = i === last
  }
  const turn = (by) => {
    i = Math.min(Math.max(i + by, 0), last)
    show()
  }
  before.addEventListener("click", () => turn(-1))
  after.addEventListener("click", () => turn(1))
  close.addEventListener("click", () => dialog.close())
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close())
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation()
    if (event.key === "ArrowLeft") turn(-1)
    if (event.key === "ArrowRight") turn(1)
  })
  dialog.addEventListener("close", () => {
    dialog.remove()
    go(i)
  })
  dialog.append(make("div", "bar-of", before, after, close), body)
  map.append(dialog)
  show()
  dialog.showModal()
}

const stepOf = (table, i) => table.tHead.rows[1].cells[i + 1]

function phaseOf(table, i) {
  let from = 0
  for (const cell of [...table.tHead.rows[0].cells].slice(1)) if (i < (from += cell.colSpan)) return cell.textContent
  return ""
}

// All that the lanes say of a step, as names and what is said.
function told(table, i) {
  const list = make("dl")
  for (const row of table.querySelectorAll("tbody > tr")) {
    const cell = row.cells[0].classList.contains("name") && row.cells[i + 1]
    if (!cell || cell.colSpan > 1 || !cell.textContent.trim()) continue
    const copy = make("dd", cell.className, ...[...cell.cloneNode(true).childNodes])
    copy.querySelectorAll(".plot").forEach((e) => e.remove())
    copy.querySelectorAll(".unseen").forEach((e) => (e.className = ""))
    list.append(make("dt", "", row.querySelector(".label").textContent), copy)
  }
  return list
}

// The heads of a map that is higher than its window stay in sight; sideways the style sheet does it.
function stay(map, table, signal) {
  let asked = false
  const place = () => {
    asked = false
    const box = table.getBoundingClientRect()
    const room = box.height - table.tHead.offsetHeight - 120
    const by = Math.round(Math.min(Math.max(-box.top, 0), Math.max(room, 0)))
    table.tHead.style.transform = by > 0 && by < room ? `translateY(${by}px)` : ""
    table.tHead.classList.toggle("stays", by > 0 && by < room)
  }
  const ask = () => {
    if (!asked) requestAnimationFrame(place)
    asked = true
  }
  document.addEventListener("scroll", ask, { capture: true, passive: true, signal })
}

// Paper has no scrollbar: a wide map is laid out in parts, each with the names of its lanes; no step is cut in two.
function paper(map, table, signal) {
  const n = table.tHead.rows[1].cells.length - 1
  if (!map.classList.contains("many")) return
  addEventListener("beforeprint", () => {
    if (map.querySelector(".sheets")) return
    table.tHead.style.transform = ""
    const sheets = make("div", "sheets")
    const per = Math.ceil(n / Math.ceil(n / ON_PAPER))
    for (let a = 0; a < n; a += per) sheets.append(make("div", "scroll", part(table, a, Math.min(a + per, n))))
    map.append(sheets)
  }, { signal })
  addEventListener("afterprint", () => map.querySelector(".sheets")?.remove(), { signal })
}

function part(table, a, b) {
  const copy = make("table", "")
  const columns = [make("colgroup", "names"), make("colgroup")]
  columns[1].span = b - a
  copy.append(...columns)
  for (const body of [table.tHead, ...table.tBodies]) {
    const own = body.cloneNode(false)
    own.append(...[...body.rows].map((row) => (row.classList.contains("phases") ? phases : cells)(row, a, b)))
    copy.append(own)
  }
  return copy
}

function cells(row, a, b) {
  const copy = row.cloneNode(false)
  const [name, ...rest] = row.cells
  const only = name.colSpan > 1 ? name : rest.length === 1 && rest[0].colSpan > 1 ? rest[0] : null
  const kept = only ? (only === name ? [name] : [name, only]) : [name, ...rest.slice(a, b)]
  copy.append(...kept.map((cell) => cell.cloneNode(true)))
  for (const cell of copy.cells) if (cell.colSpan > 1) cell.colSpan = b - a + (cell === copy.cells[0] ? 1 : 0)
  return copy
}

function phases(row, a, b) {
  const copy = row.cloneNode(false)
  let from = 0
  for (const cell of row.cells) {
    if (cell === row.cells[0]) { copy.append(cell.cloneNode(true)); continue }
    const until = from + cell.colSpan
    const width = Math.min(until, b) - Math.max(from, a)
    if (width > 0) copy.append(cell.cloneNode(true))
    if (width > 0) copy.lastChild.colSpan = width
    from = until
  }
  return copy
}

// In a notebook: the same HTML as on a page, which stays alive as long as its cell.
function render({ model, el }) {
  const gone = new AbortController()
  el.classList.add("cx", "cx-map")
  // A notebook has shortcuts of its own on the keys that work here.
  el.dataset.lmSuppressShortcuts = "true"
  const draw = () => {
    el.innerHTML = model.get("html")
    el.querySelectorAll(".cx-lanes").forEach((map) => enliven(map, gone.signal))
  }
  model.on("change:html", draw)
  draw()
  return () => {
    gone.abort()
    model.off("change:html", draw)
  }
}

document.querySelectorAll(".cx-page .cx-lanes").forEach((map) => enliven(map))

export default { render }
