// The form of a launch gate: native fields, and text that stays text.
let count = 0

function render({ model, el }) {
  const texts = (name) => model.get("texts")[name] ?? ""
  const make = (tag, given = {}, ...children) => {
    const one = Object.assign(document.createElement(tag), given)
    one.append(...children)
    return one
  }
  const form = make("form", { noValidate: true })
  const message = make("div", { className: "cx-form-message" })
  message.setAttribute("role", "status")
  message.setAttribute("aria-live", "polite")
  el.classList.add("cx", "cx-gate-form")
  // A notebook has shortcuts of its own on the keys that work here.
  el.dataset.lmSuppressShortcuts = "true"
  el.append(form)

  const radios = (key, name, values) => {
    const group = `cx-${(count += 1)}-${key}`
    const row = make("div", { className: "radios" })
    values.forEach(([value, label]) => {
      const radio = make("input", { type: "radio", name: group, value })
      radio.dataset.field = name
      row.append(make("label", {}, radio, make("span", { textContent: label })))
    })
    return row
  }
  const field = (tag, name, label, hint = "") => {
    const input = make(tag, tag === "input" ? { type: "text" } : { rows: 2 })
    input.dataset.field = name
    input.placeholder = hint
    return make("label", { className: name }, make("span", { className: "name", textContent: label }), input)
  }
  const fieldset = (key, title, ...parts) => {
    const set = make("fieldset", {}, make("legend", { textContent: title }), ...parts)
    set.dataset.key = key
    return set
  }
  const draw = () => {
    const answers = ["yes", "no", "open"].map((a) => [a, texts(`answer_${a}`)])
    const made = [["go", texts("made_go")], ["no-go", texts("made_no-go")], ["", texts("made_none")]]
    const voices = model.get("voices").map(({ key, label }) =>
      fieldset(key, label, radios(key, "answer", answers), field("textarea", "said", texts("said"), texts("said_hint")),
        field("input", "by", texts("by"), texts("by_hint"))))
    const save = make("button", { type: "submit", className: "main", textContent: texts("save") })
    const read = make("button", { type: "button", textContent: texts("read") })
    save.dataset.cx = "save"
    read.dataset.cx = "read"
    read.addEventListener("click", () => model.send({ read: true }))
    form.replaceChildren(
      make("p", { className: "title", textContent: texts("title") }),
      make("p", { className: "sub", textContent: texts("question") }),
      make("div", { className: "voices" }, ...voices),
      fieldset("decision", texts("decision"), radios("decision", "made", made), field("textarea", "reason", texts("reason")),
        field("input", "by", texts("decided_by"))),
      make("div", { className: "buttons" }, save, read), message)
    fill()
    tell()
  }
  const inputs = (set) => [...set.querySelectorAll("[data-field]")]
  const entered = () => Object.fromEntries([...form.querySelectorAll("fieldset")].map((set) => [set.dataset.key,
    Object.fromEntries(inputs(set).filter((i) => i.type !== "radio" || i.checked).map((i) => [i.dataset.field, i.value]))]))
  const fill = () => {
    const answers = model.get("answers")
    form.querySelectorAll("fieldset").forEach((set) => inputs(set).forEach((input) => {
      const value = answers[set.dataset.key]?.[input.dataset.field] ?? ""
      if (input.type === "radio") input.checked = input.value === value
      else if (input.value !== value) input.value = value
    }))
  }
  const tell = () => {
    const { kind, lines } = model.get("told")
    message.className = `cx-form-message ${kind}`
    message.replaceChildren(...lines.map((line) => make("p", { textContent: line })))
  }
  form.addEventListener("change", () => {
    model.set("answers", entered())
    model.save_changes()
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    model.send({ save: entered() })
  })
  model.on("change:texts change:voices", draw)
  model.on("change:answers", fill)
  model.on("change:told", tell)
  draw()
  return () => {
    model.off("change:texts change:voices", draw)
    model.off("change:answers", fill)
    model.off("change:told", tell)
  }
}

export default { render }
