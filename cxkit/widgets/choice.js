// A labelled <select> whose options may be closed. Keyboard and screen reader are the browser's own.
let count = 0

function render({ model, el }) {
  const label = document.createElement("label")
  const name = document.createElement("span")
  const select = document.createElement("select")
  const hint = document.createElement("span")
  name.className = "name"
  hint.className = "hint"
  hint.id = `cx-hint-${Date.now().toString(36)}-${(count += 1)}`
  label.append(name, select)
  el.classList.add("cx", "cx-choice")
  // A notebook has shortcuts of its own on the keys that work here.
  el.dataset.lmSuppressShortcuts = "true"
  el.dataset.name = model.get("name")
  el.append(label, hint)

  const draw = () => {
    const options = model.get("options")
    name.textContent = model.get("label")
    hint.textContent = model.get("hint")
    hint.hidden = !model.get("hint")
    if (model.get("hint")) select.setAttribute("aria-describedby", hint.id)
    else select.removeAttribute("aria-describedby")
    select.replaceChildren(...options.map(option))
    select.value = model.get("value")
    select.disabled = options.every((o) => o.disabled)
  }
  const option = ({ value, label, disabled }) => {
    const one = new Option(label, value)
    one.disabled = Boolean(disabled)
    return one
  }
  select.addEventListener("change", () => {
    model.set("value", select.value)
    model.save_changes()
  })
  model.on("change:options change:value change:label change:hint", draw)
  draw()
  return () => model.off("change:options change:value change:label change:hint", draw)
}

export default { render }
