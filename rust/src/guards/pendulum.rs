//! The facts about pendulum that guards know: its time zones, and the texts of its locales.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use sha2::{Digest, Sha256};

use super::Obstacle;
use super::identity::{is_class, member, text_of};
use super::library::hex;
use super::resolve::Resolver;
use crate::cpython::Object;
use crate::cpython::class::dict_of;

/// How deep the texts of a locale are nested.
const DEEPEST: usize = 7;

/// The key of a time zone that is pendulum's own, and no other object's. Other guards see to the class.
pub(super) fn zone_key(object: &Object<'_>) -> Option<String> {
    let is_zone = is_class(&object.get_type(), "pendulum.tz.timezone", "Timezone");
    is_zone.then(|| member(object, "key").and_then(|key| text_of(&key))).flatten()
}

impl<'py> Resolver<'_, 'py> {
    /// The class `Locale`, whose English texts have that digest. What it remembers of them is what they are.
    pub(super) fn locale(&mut self, object: &Object<'py>, digest: &str) -> Result<(), Obstacle> {
        let lacks = |what: &str| Obstacle::Changed(format!("has no {what}"));
        let class = object.cast::<PyType>().map_err(|_| lacks("class"))?;
        let own = dict_of(class).ok_or_else(|| lacks("attributes"))?;
        let loaded = self.inner_dict(&own, "_cache")?.ok_or_else(|| lacks("_cache"))?;
        let english = self.snapshot.look(&loaded, "en")?;
        let english = english.ok_or_else(|| Obstacle::Pending("it has not loaded English yet".to_owned()))?;
        if !english.get_type().is(class) {
            return Err(Obstacle::Changed("has English of another class".to_owned()));
        }
        let own = self.instance(&english)?;
        let data = self.inner_dict(&own, "_data")?.ok_or_else(|| lacks("_data"))?;
        let plural = self.snapshot.look(&data, "plural")?.ok_or_else(|| lacks("plural"))?;
        self.function(&plural, "pendulum.locales.en.locale", "<lambda>")?;
        let mut texts = String::new();
        for part in ["translations", "custom"] {
            let part = self.snapshot.look(&data, part)?.ok_or_else(|| lacks(part))?;
            texts.push_str(&self.content(&part, DEEPEST)?);
        }
        let found = hex(&Sha256::digest(texts.as_bytes()));
        if found != digest {
            return Err(Obstacle::Changed(format!("has other English texts ({found})")));
        }
        let remembered = self.inner_dict(&own, "_key_cache")?.ok_or_else(|| lacks("_key_cache"))?;
        for (path, value) in self.snapshot.look_at_all(&remembered)? {
            let path = text_of(&path).ok_or_else(|| lacks("paths"))?;
            let known = self.at(&data, &path)?;
            if !known.map_or_else(|| value.is_none(), |known| known.is(&value)) {
                return Err(Obstacle::Changed(format!("remembers another {path}")));
            }
        }
        Ok(())
    }

    /// The object to which a dotted path leads from a dict, through dicts alone.
    fn at(&mut self, dict: &Bound<'py, PyDict>, path: &str) -> Result<Option<Object<'py>>, Obstacle> {
        let mut found = dict.clone().into_any();
        for part in path.split('.') {
            let Ok(inside) = found.cast_exact::<PyDict>() else { return Ok(None) };
            let Some(next) = self.snapshot.look(inside, part)? else { return Ok(None) };
            found = next;
        }
        Ok(Some(found))
    }

    /// The dict that is in a dict under a name.
    fn inner_dict(&mut self, dict: &Bound<'py, PyDict>, name: &str) -> Result<Option<Bound<'py, PyDict>>, Obstacle> {
        Ok(self.snapshot.look(dict, name)?.and_then(|found| found.cast_into_exact().ok()))
    }
}
