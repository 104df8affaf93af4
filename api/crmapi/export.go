package crmapi

func (m mount) export() {}
