//! The parameters by their ids, as references.
//!
//! The framework hands parameters out as raw pointers. This is the only place that follows them:
//! all others look parameters up here, and need no `unsafe`.

use std::ops::Deref;
use std::sync::Arc;

#[cfg(feature = "editor")]
use nice_plug::context::gui::GuiContext;
use nice_plug::params::internals::ParamPtr;
use nice_plug::params::{BoolParam, FloatParam, IntParam, InternalParamMut, Param, Params};

/// All parameters of an instance, in the order in which hosts list them.
///
/// `O` keeps the parameters where they are: a reference, or an [`Arc`] that shares them.
pub struct Handles<O> {
    owner: O,
    /// Each parameter's id, and where it lies within what `owner` leads to.
    map: Vec<(String, ParamPtr)>,
}

impl<O> std::fmt::Debug for Handles<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handles").field("params", &self.map.len()).finish_non_exhaustive()
    }
}

impl<'a, P: Params> Handles<&'a P> {
    /// The parameters behind a reference.
    #[must_use]
    pub fn of(owner: &'a P) -> Self {
        Self { map: map_of(owner), owner }
    }
}

impl<P: Params> Handles<Arc<P>> {
    /// The parameters that others share; they live as long as this does.
    #[must_use]
    pub fn shared(owner: Arc<P>) -> Self {
        Self { map: map_of(&*owner), owner }
    }
}

/// Ids and pointers, without the groups that hosts show.
fn map_of<P: Params>(params: &P) -> Vec<(String, ParamPtr)> {
    params.param_map().into_iter().map(|(id, pointer, _)| (id, pointer)).collect()
}

impl<P: Params, O: Deref<Target = P>> Handles<O> {
    /// What the parameters are part of.
    #[must_use]
    pub fn owner(&self) -> &P {
        &self.owner
    }

    /// Each parameter with its id. Those of voices end in the voice's place, from 1: `mute_3`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Handle<'_>)> {
        self.map.iter().filter_map(|(id, pointer)| Some((id.as_str(), self.follow(*pointer)?)))
    }

    /// The parameter at a place in [`Self::iter`]'s order.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<Handle<'_>> {
        let (_, pointer) = self.map.get(place)?;
        self.follow(*pointer)
    }

    /// The parameter with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Handle<'_>> {
        let (_, pointer) = self.map.iter().find(|(known, _)| known == id)?;
        self.follow(*pointer)
    }

    /// What a pointer of `map` leads to.
    #[expect(unsafe_code, reason = "the framework hands parameters out as pointers")]
    fn follow(&self, pointer: ParamPtr) -> Option<Handle<'_>> {
        // SAFETY: `map` was made of the parameters that `owner` leads to (nothing else makes a
        // `Handles`), and `Params` promises that its pointers lead to these parameters themselves.
        // A reference and an `Arc` both keep them alive and in their place, shared and unchanged
        // but for atomics, for as long as `self` is borrowed.
        unsafe {
            match pointer {
                ParamPtr::FloatParam(param) => Some(Handle::Float(&*param)),
                ParamPtr::IntParam(param) => Some(Handle::Int(&*param)),
                ParamPtr::BoolParam(param) => Some(Handle::Switch(&*param)),
                // Choices are whole numbers here: there is none of these.
                ParamPtr::EnumParam(_) => None,
            }
        }
    }
}

/// One parameter. Hosts count every value from 0 to 1; so do all methods here.
#[derive(Clone, Copy, Debug)]
pub enum Handle<'a> {
    /// A number.
    Float(&'a FloatParam),
    /// A whole number, or a choice.
    Int(&'a IntParam),
    /// On or off.
    Switch(&'a BoolParam),
}

/// The same for each kind of parameter.
macro_rules! each {
    ($handle:expr, $param:ident => $what:expr) => {
        match $handle {
            Handle::Float($param) => $what,
            Handle::Int($param) => $what,
            Handle::Switch($param) => $what,
        }
    };
}

impl<'a> Handle<'a> {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'a str {
        each!(self, param => param.name())
    }

    /// As it is set now.
    #[must_use]
    pub fn value(self) -> f32 {
        each!(self, param => param.unmodulated_normalized_value())
    }

    /// As a new instance has it.
    #[must_use]
    pub fn default(self) -> f32 {
        each!(self, param => param.default_normalized_value())
    }

    /// A value as people read it, with its unit.
    #[must_use]
    pub fn text(self, value: f32) -> String {
        each!(self, param => param.normalized_value_to_string(value, true))
    }

    /// What a typed text means; `None`: nothing that this parameter can be.
    #[must_use]
    pub fn understood(self, text: &str) -> Option<f32> {
        each!(self, param => param.string_to_normalized_value(text))
    }

    /// How many steps lie between its least and its largest value, if they are counted.
    #[must_use]
    pub fn steps(self) -> Option<usize> {
        each!(self, param => param.step_count())
    }

    /// Another value, as the host sets it: nobody is told. On any thread.
    #[expect(unsafe_code, reason = "only formats' entries may do this, and one of them is ours")]
    pub fn put(self, value: f32) {
        // SAFETY: the value is an atomic, and callbacks may run on any thread.
        let _changed = unsafe { each!(self, param => param._internal_set_normalized_value(value)) };
    }
}

#[cfg(feature = "editor")]
impl Handle<'_> {
    /// A gesture begins: the host may record what follows. Only on the window's thread, as all
    /// that follows.
    pub fn begin(self, host: &GuiContext) {
        each!(self, param => host.param_setter().begin_set_parameter(param));
    }

    /// Another value, within a gesture.
    pub fn set(self, value: f32, host: &GuiContext) {
        each!(self, param => host.param_setter().set_parameter_normalized(param, value));
    }

    /// The gesture is over.
    pub fn end(self, host: &GuiContext) {
        each!(self, param => host.param_setter().end_set_parameter(param));
    }

    /// A gesture of one value.
    pub fn choose(self, value: f32, host: &GuiContext) {
        self.begin(host);
        self.set(value, host);
        self.end(host);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::BandParams;

    #[test]
    fn every_parameter_that_a_host_sees_has_a_handle() {
        let params = BandParams::default();
        let handles = Handles::of(&params);
        let listed: Vec<_> = params.param_map().into_iter().map(|(id, ..)| id).collect();
        assert_eq!(handles.iter().map(|(id, _)| id).collect::<Vec<_>>(), listed);
        assert!(listed.len() > 70, "{}", listed.len());
        assert!(handles.get("no such id").is_none());
    }

    #[test]
    fn handles_keep_the_parameters_that_they_share() {
        let params = Arc::new(BandParams::default());
        let handles = Handles::shared(Arc::clone(&params));
        drop(params);
        let swing = handles.get("swing").expect("it is there");
        assert_eq!((swing.name(), swing.value(), swing.text(0.4).as_str()), ("Swing", 0.0, "40 %"));
        assert_eq!(swing.understood("40 %"), Some(0.4));
    }
}
