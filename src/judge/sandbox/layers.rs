//! The layers of the cage by name, and how good they are together.

/// One layer. Its number is its place in a [`Layers`] set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Layer {
    ProcessGroup = 0,
    Rlimits = 1,
    DiesWithTheJudge = 2,
    NoNewPrivileges = 3,
    ClosedDescriptors = 4,
    /// User, process, network, mount, ipc and host name of its own; the root holds nothing but what it needs.
    Namespaces = 5,
    Landlock = 6,
    Seccomp = 7,
    /// A user that owns nothing; only root can become one.
    ThrowAwayUser = 8,
    NoCapabilities = 9,
}

impl Layer {
    const ALL: [(Layer, &'static str); 10] = [
        (Layer::ProcessGroup, "process-group"),
        (Layer::Rlimits, "rlimits"),
        (Layer::DiesWithTheJudge, "dies-with-the-judge"),
        (Layer::NoNewPrivileges, "no-new-privs"),
        (Layer::ClosedDescriptors, "closed-descriptors"),
        (Layer::Namespaces, "namespaces"),
        (Layer::Landlock, "landlock"),
        (Layer::Seccomp, "seccomp"),
        (Layer::ThrowAwayUser, "throw-away-user"),
        (Layer::NoCapabilities, "no-capabilities"),
    ];

    /// The layer with this number.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only the layers of Linux ask for it")
    )]
    pub fn numbered(number: u32) -> Option<Layer> {
        Self::ALL
            .iter()
            .map(|(layer, _)| *layer)
            .find(|layer| *layer as u32 == number)
    }

    /// As reports call it.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only the layers of Linux ask for it")
    )]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(layer, _)| *layer == self)
            .map_or("", |(_, name)| name)
    }
}

/// A set of layers. Copied between processes as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layers(pub u32);

impl Layers {
    /// No layer.
    pub const NONE: Layers = Layers(0);

    /// These layers.
    pub const fn of<const N: usize>(layers: [Layer; N]) -> Layers {
        let mut bits = 0;
        let mut at = 0;
        while at < N {
            bits |= 1 << layers[at] as u32;
            at += 1;
        }
        Layers(bits)
    }

    /// With this one too.
    #[must_use]
    pub fn and(self, layer: Layer) -> Layers {
        Layers(self.0 | 1 << layer as u32)
    }

    /// Whether the layer is in it.
    pub fn has(self, layer: Layer) -> bool {
        self.0 & 1 << layer as u32 != 0
    }

    /// How good they are together.
    pub fn level(self) -> Level {
        let walls = self.has(Layer::Landlock) || self.has(Layer::Namespaces);
        if self.has(Layer::Namespaces) && self.has(Layer::Landlock) && self.has(Layer::Seccomp) {
            Level::Full
        } else if walls && self.has(Layer::Seccomp) && self.has(Layer::Rlimits) {
            Level::Fallback
        } else {
            Level::None
        }
    }

    /// Their names, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Layer::ALL
            .iter()
            .filter(move |(layer, _)| self.has(*layer))
            .map(|(_, name)| *name)
    }
}

/// How good the cage is, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Limits and process groups: for one's own code.
    #[default]
    None,
    /// Files and system calls are walled off, but the machine's processes and paths can be noticed.
    Fallback,
    /// Every layer.
    Full,
}

impl Level {
    /// `none`, `fallback` or `full`.
    pub fn word(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Fallback => "fallback",
            Level::Full => "full",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_what_its_layers_make_it() {
        let walls = Layers::of([Layer::Rlimits, Layer::Landlock, Layer::Seccomp]);
        assert_eq!(Layers::NONE.level(), Level::None);
        assert_eq!(Layers::of([Layer::Namespaces]).level(), Level::None);
        assert_eq!(walls.level(), Level::Fallback);
        assert_eq!(walls.and(Layer::Namespaces).level(), Level::Full);
    }
}
